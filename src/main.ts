import { randomUUID } from 'node:crypto';
import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGuardrailHandler } from './admission/guardrail-handler.ts';
import { createHandler } from './admission/handler.ts';
import { probeRoutes } from './admission/probes.ts';
import { behindSecretPath, secretPath } from './admission/secret-path.ts';
import { admissionRoutes, createAdmissionServer, GUARDRAIL_PATH, VALIDATE_PATH } from './admission/server.ts';
import { GROUP, GUARDRAILS, VERSION } from './api/group-version.ts';
import type { CommandIo } from './cli/command.ts';
import { crdEssence } from './controller/crd-essence.ts';
import { IndexSource } from './controller/index-source.ts';
import { GuardrailOperator } from './controller/operator.ts';
import { Reconciler } from './controller/reconciler.ts';
import { ScanReports, VULNERABILITY_REPORTS } from './controller/scan-reports.ts';
import { StatusWriter } from './controller/status.ts';
import { TestedGuardrails } from './controller/tested-guardrails.ts';
import { CONFIGURATION_NAME, OPERATOR_CONFIG_MAP, WebhookConfiguration } from './controller/webhook-configuration.ts';
import {
  type ClientTarget,
  type EntrySettings,
  type WebhookEntry,
  webhookEntries,
} from './controller/webhook-entries.ts';
import { KubeClient } from './kube/client.ts';
import { discover } from './kube/discovery.ts';
import { loadKubeConfig } from './kube/kube-config.ts';
import { ListWatch } from './kube/list-watch.ts';
import { ObjectLookup } from './kube/object-lookup.ts';
import { ViolationStore } from './kube/violation-store.ts';
import { whoAmI } from './kube/who-am-i.ts';
import type { OperatorConfig } from './operator-config.ts';
import { own, stringAt } from './policy/json.ts';
import type { ObjectReference } from './policy/object-reference.ts';
import type { PolicyIndex } from './policy/policy-index.ts';
import type { KubeObject } from './policy/review.ts';
import { scanReportEssence } from './policy/scan-report.ts';
import { testGuardrail } from './simulation/test-guardrail.ts';
import { createLogger, type Logger } from './telemetry/logger.ts';
import { Metrics } from './telemetry/metrics.ts';
import { CertificateStore, type ServingCertificates } from './tls/certificate-store.ts';
import { SecretStorage } from './tls/secret-storage.ts';
import { PRODUCT_VERSION } from './version.ts';
import { DecisionLog } from './violations/decision-log.ts';
import { DropReport } from './violations/drop-report.ts';
import { ViolationQueue } from './violations/queue.ts';
import { ViolationRetention } from './violations/retention.ts';
import { systemClock } from './violations/system-clock.ts';
import { ViolationWriter } from './violations/writer.ts';

/** How often certificates are looked at: renewal is due months before they end. */
const CERTIFICATE_CHECK_MS = 12 * 60 * 60 * 1000;
/** How long the rest of the audit trail may take at the end. */
const FLUSH_MS = 8_000;
/** How long requests that are being answered may take at the end. */
const CLOSE_MS = 5_000;
/** How long a connection may be new at the end, with a request that is on its way. */
const CLOSE_STEP_MS = 200;
const QUEUE_METRIC_MS = 1_000;

const WEBHOOK_CONFIGURATION: ObjectReference = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  resource: 'validatingwebhookconfigurations',
  namespace: '',
  name: CONFIGURATION_NAME,
};

/** Reports are large until they are cut down, and reading a page of them keeps requests waiting. */
const SCAN_REPORT_WATCH = { pageSize: 10, relistMs: 6 * 60 * 60 * 1000 };

/** Where the version of a custom resource, and so its rules, may have changed. */
const CRDS = 'customresourcedefinitions';

/** Something that was started, and how to end it. */
type End = () => unknown;

/**
 * Runs the operator until the signal of `io` is aborted, then stops in order: not ready, drain, write what is left. Throws if
 * it can't start; nothing is left running then either.
 */
export async function runOperator(config: OperatorConfig, io: Pick<CommandIo, 'stdout' | 'signal'>): Promise<void> {
  const logger = createLogger({ level: config.logLevel, stream: io.stdout });
  const ends: End[] = [];
  try {
    await run(config, io.signal, logger, ends);
  } finally {
    // What was started last needs what was started before it.
    for (const end of ends.toReversed()) await end();
    await logger.close();
  }
}

/** This is the one place where the long-lived parts are made and joined. Each adds how it ends to `ends`. */
async function run(config: OperatorConfig, signal: AbortSignal, logger: Logger, ends: End[]): Promise<void> {
  const metrics = new Metrics({ version: PRODUCT_VERSION, nodeVersion: process.version });
  const kubeConfig = loadKubeConfig({ kubeconfig: config.kubeconfig });
  ends.push(
    () => logger.info('stopped'),
    () => kubeConfig.close(),
  );
  const client = new KubeClient(kubeConfig);

  // Before all else: who waits for the cluster is alive, and should say what is missing.
  let problems = (): string[] => ['cluster: it does not answer yet'];
  const probes = createHttpServer(
    probeRoutes({
      problems: () => (signal.aborted ? ['the operator is stopping'] : problems()),
      metrics: async () => {
        const { contentType, body } = await metrics.render();
        return { contentType, text: body };
      },
    }),
  );
  const probePort = await listen(probes, config.probePort, config.bindAddress);
  ends.push(closerOf(probes));

  const username = await untilDone(
    () => whoAmI(client),
    'the cluster does not answer as it should yet: trying again',
    logger,
    signal,
  );
  if (username === undefined) return;
  logger.info('starting', { version: PRODUCT_VERSION, user: username, namespace: config.namespace });

  const scanReports = new ScanReports({
    createWatch: (onObject) =>
      new ListWatch({
        config: kubeConfig,
        client,
        resource: VULNERABILITY_REPORTS,
        logger,
        settings: { inactivityMs: config.watchInactivity, ...SCAN_REPORT_WATCH },
        keep: scanReportEssence,
        onObject,
        onChange: () => undefined,
        onRestart: (reason) => metrics.watchRestarted(VULNERABILITY_REPORTS.resource, reason),
      }),
    maxStalenessSeconds: config.maxStaleness / 1000,
    logger,
  });
  ends.push(() => scanReports.stop());
  metrics.watchStarted(VULNERABILITY_REPORTS.resource, () => scanReports.staleness());

  let markDirty = (): void => undefined;
  const operator = new GuardrailOperator({
    config: kubeConfig,
    client,
    logger,
    resources: [
      { group: GROUP, version: VERSION, resource: GUARDRAILS },
      { group: '', version: 'v1', resource: 'namespaces' },
      { group: 'apiextensions.k8s.io', version: 'v1', resource: CRDS, keep: crdEssence },
      { ...WEBHOOK_CONFIGURATION, fieldSelector: `metadata.name=${CONFIGURATION_NAME}` },
    ],
    // Namespaces are read at the time of the request: they change no index.
    onChange: (resource) => {
      if (resource === CRDS) scanReports.follow(operator.items(CRDS));
      if (resource !== 'namespaces') markDirty();
    },
    onRestart: (resource, reason) => metrics.watchRestarted(resource, reason),
    settings: { inactivityMs: config.watchInactivity },
  });
  await operator.start();
  ends.push(() => operator.stop());
  const store = (resource: string) => {
    metrics.watchStarted(resource, () => operator.staleness(resource));
    return { items: () => operator.items(resource), staleness: () => operator.staleness(resource) };
  };
  const source = new IndexSource(
    { guardrails: store(GUARDRAILS), namespaces: store('namespaces'), customResourceDefinitions: store(CRDS) },
    config.maxStaleness / 1000,
    () => scanReports.source(),
  );
  problems = () => [...source.problems(), 'webhook: it does not listen yet'];

  const status = new StatusWriter({ client, cached: (name) => operator.items(GUARDRAILS).get(name), logger });
  ends.push(() => status.stop());
  const trail = auditTrail(config, client, metrics, logger);
  ends.push(() => trail.stop());
  const clock = (): Date => new Date();
  const handler = createHandler({
    source,
    lookup: new ObjectLookup(client),
    sink: trail.sink,
    clock,
    onDecision: (review, decision, seconds) => {
      metrics.answered({ operation: review.operation, allowed: decision.allowed, dryRun: review.dryRun }, seconds);
      const time = new Date();
      for (const { guardrail, outcome, enforcement } of decision.findings) {
        metrics.decided({ guardrail: guardrail.name, decision: outcome, enforcement, operation: review.operation });
        if (!review.dryRun) status.count(guardrail.name, guardrail.uid, outcome, time);
      }
    },
  });

  const certificates = new CertificateStore({
    storage: new SecretStorage(client, config.namespace),
    names: servingNames(config),
    logger,
  });
  const ensure = (): Promise<ServingCertificates> => certificates.ensure();
  const serving = await untilDone(
    ensure,
    'the webhook certificates can not be stored yet: trying again',
    logger,
    signal,
  );
  if (serving === undefined) return;
  metrics.certificateExpires(serving.expirationTime);
  const onError = (message: string, error: unknown): void => logger.error(message, { error: error as Error });
  const guardrailHandler = createGuardrailHandler({ runTests: testGuardrail, clock, onError });
  // The one that was in the configuration before a renewal is called until the API server has the new one.
  const secretPaths = [secretPath(serving.key)];
  const routes = behindSecretPath(() => secretPaths, admissionRoutes({ handler, guardrailHandler, onError }));
  const server = createAdmissionServer(routes, tlsOf(serving));
  const port = await listen(server, config.port, config.bindAddress);
  ends.push(closerOf(server));
  problems = () => source.problems();
  logger.info('listening', { port, probePort });

  const configuration = new WebhookConfiguration(
    {
      apply: (body, fieldManager) => client.patch(WEBHOOK_CONFIGURATION, 'apply', body, { fieldManager, force: true }),
      replaceEntries: (webhooks, resourceVersion, fieldManager) =>
        client.patch(WEBHOOK_CONFIGURATION, 'merge', { metadata: { resourceVersion }, webhooks }, { fieldManager }),
      configMap: () => new ObjectLookup(client).get(configMapOf(config), AbortSignal.timeout(CLOSE_MS)),
    },
    () => {
      // A copy that is too old proves nothing: what is wanted is then applied anew.
      const { resource } = WEBHOOK_CONFIGURATION;
      const isFresh = operator.staleness(resource) * 1000 <= config.maxStaleness;
      return isFresh ? operator.items(resource).get(CONFIGURATION_NAME) : undefined;
    },
    {
      applied: (entries) => logger.info('the webhook configuration was applied', { entries }),
      repairing: () => {
        metrics.webhookConfigurationRepaired();
        logger.warn('the webhook configuration was changed by somebody else: it is being repaired');
      },
      repairOff: () => logger.warn('the webhook configuration differs, and repairs are switched off'),
    },
  );
  const settingsOf = (caBundle: string): EntrySettings => ({
    target: targetOf(config),
    caBundle,
    operatorUsername: username,
    operatorNamespace: config.namespace,
    paths: { validate: `/${secretPaths.at(-1)}${VALIDATE_PATH}`, guardrail: `/${secretPaths.at(-1)}${GUARDRAIL_PATH}` },
  });
  let settings = settingsOf(serving.caBundle);
  // It looks at every event, and most change neither the index nor the certificates.
  let made: { readonly index: PolicyIndex; readonly entries: readonly WebhookEntry[] } | undefined;
  const entriesOf = (index: PolicyIndex): readonly WebhookEntry[] => {
    if (made?.index !== index) made = { index, entries: webhookEntries(index, settings) };
    return made.entries;
  };
  const reconciler = new Reconciler({
    source,
    discover: () => discover(client),
    customResourceKey: () => keyOf(operator.items(CRDS)),
    entries: entriesOf,
    configuration,
    status,
    tested: new TestedGuardrails({ run: testGuardrail, onResult: () => markDirty() }),
    onLoaded: (reports) =>
      metrics.guardrailsLoaded(
        reports.map(({ name, inForce, error }) => ({
          guardrail: name,
          enforcement: inForce.scope.enforcement,
          ready: error === undefined,
        })),
      ),
    onEnforcement: (isCovered) => metrics.webhookConfigured(isCovered),
    logger,
    now: () => performance.now(),
    clock,
  });
  markDirty = () => reconciler.markDirty();
  // A first list that is empty changes nothing, and still has to be acted upon.
  operator.synced().then(markDirty, () => undefined);

  const renewal = setInterval(() => {
    certificates.ensure().then(
      (renewed) => {
        server.setSecureContext(tlsOf(renewed));
        metrics.certificateExpires(renewed.expirationTime);
        const path = secretPath(renewed.key);
        if (!secretPaths.includes(path)) secretPaths.push(path);
        settings = settingsOf(renewed.caBundle);
        made = undefined;
        markDirty();
      },
      (error: unknown) => logger.error('the certificates could not be checked', { error: error as Error }),
    );
  }, CERTIFICATE_CHECK_MS);
  ends.push(() => clearInterval(renewal));
  const stopping = new AbortController();
  const running = reconciler.run(stopping.signal);
  ends.push(() => {
    stopping.abort();
    return running;
  });

  await aborted(signal);
  logger.info('stopping');
  await sleep(config.shutdownDelay);
}

/** The audit trail: what takes decisions, and what writes them. */
function auditTrail(config: OperatorConfig, client: KubeClient, metrics: Metrics, logger: Logger) {
  const clock = systemClock;
  const operatorInstance = `${hostname().slice(0, 40)}-${randomUUID().slice(0, 8)}`;
  const violationMetrics = {
    recorded: (decisions: number) => {
      metrics.auditRecord('written');
      if (decisions > 1) metrics.auditCoalesced(decisions - 1);
    },
    dropped: (reason: string, decisions: number) => metrics.auditDropped(reason, decisions),
    retried: () => metrics.auditRecord('retried'),
    removed: (records: number) => metrics.auditRemoved(records),
  };
  const drops = new DropReport({ metrics: violationMetrics, log: logger, clock });
  const queue = new ViolationQueue({
    operatorInstance,
    operatorNamespace: config.namespace,
    clock,
    drops,
    metrics: violationMetrics,
    windowMs: config.auditWindow,
  });
  const api = new ViolationStore(client);
  const writer = new ViolationWriter({
    queue,
    api,
    clock,
    drops,
    metrics: violationMetrics,
    log: logger,
    operatorInstance,
    operatorNamespace: config.namespace,
  });
  const retention = new ViolationRetention({
    archive: api,
    clock,
    metrics: violationMetrics,
    log: logger,
    maxAgeMs: config.retentionAge,
    maxPerNamespace: config.retentionCount,
  });
  writer.start();
  retention.start();
  const depth = setInterval(() => metrics.auditQueueDepth(queue.pendingRecords), QUEUE_METRIC_MS);
  return {
    sink: new DecisionLog(queue, logger),
    stop: async () => {
      clearInterval(depth);
      retention.stop();
      await writer.flush(FLUSH_MS);
      drops.flush();
    },
  };
}

/** Tries until it works: a cluster that is just coming up is no reason to give up. Undefined if the signal came first. */
async function untilDone<T>(
  attempt: () => Promise<T>,
  notYet: string,
  logger: Logger,
  signal: AbortSignal,
): Promise<T | undefined> {
  for (let delay = 250; !signal.aborted; delay = Math.min(delay * 2, 5_000)) {
    try {
      return await attempt();
    } catch (error) {
      logger.warn(notYet, { error: error as Error });
      await sleep(delay, undefined, { signal }).catch(() => undefined);
    }
  }
  return undefined;
}

function servingNames({ webhookUrl, serviceName, namespace }: OperatorConfig): string[] {
  if (webhookUrl !== undefined) return [webhookUrl.hostname];
  const host = `${serviceName}.${namespace}.svc`;
  return [host, `${host}.cluster.local`];
}

function targetOf({ webhookUrl, serviceName, namespace }: OperatorConfig): ClientTarget {
  if (webhookUrl !== undefined) return { kind: 'Url', url: webhookUrl.origin };
  return { kind: 'Service', namespace, name: serviceName, port: 443 };
}

const configMapOf = ({ namespace }: OperatorConfig): ObjectReference => ({
  group: '',
  version: 'v1',
  resource: 'configmaps',
  namespace,
  name: OPERATOR_CONFIG_MAP,
});

const tlsOf = ({ key, certificate }: ServingCertificates) => ({ key, cert: certificate });

/** Changes when a custom resource comes, goes, changes or begins to be served. */
function keyOf(crds: ReadonlyMap<string, KubeObject>): string {
  return [...crds.values()]
    .map((crd) => {
      const established = (
        own(own(crd, 'status'), 'conditions') as { type?: string; status?: string }[] | undefined
      )?.some(({ type, status }) => type === 'Established' && status === 'True');
      return `${stringAt(crd, 'metadata', 'uid')}/${own(own(crd, 'metadata'), 'generation')}/${established === true}`;
    })
    .join(' ');
}

function listen(server: Server | HttpServer, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(new Error(`cannot listen on ${host}:${port}: ${error.message}`, { cause: error })),
    );
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

/** How to end a server: when all that it has begun to read is answered, or after a while all the same. */
function closerOf(server: Server | HttpServer): () => Promise<void> {
  let answering = 0;
  server.on('request', (_request: IncomingMessage, response: ServerResponse) => {
    answering += 1;
    response.once('close', () => {
      answering -= 1;
    });
  });
  return async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    const deadline = performance.now() + CLOSE_MS;
    do {
      server.closeIdleConnections();
      await Promise.race([closed, sleep(CLOSE_STEP_MS)]);
    } while (answering > 0 && performance.now() < deadline);
    // Connections that nothing was ever asked on, of which API servers keep some, do not count as idle.
    server.closeAllConnections();
    await closed;
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
