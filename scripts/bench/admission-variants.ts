import type { WebhookEntry } from '../../src/controller/webhook-entries.ts';
import type { Cluster } from './cluster.ts';
import type { Fleet } from './fleet.ts';
import { policiesOf, SET_LABEL } from './guardrail-set.ts';
import { BINDINGS, DRY_UPDATE, WEBHOOKS } from './paths.ts';
import type { Stage } from './stage.ts';
import { NONE, NOOP, type OperatorName, POLICIES_USUAL, THROUGH_API_SERVER, USUAL } from './variants.ts';

/** One way to admit updates. It is switched on in the cluster while it is measured, and is alone there then. */
export interface AdmissionVariant {
  readonly name: string;
  /** Returns when the API server has taken it into use. */
  on(): Promise<void>;
  /** Returns when the API server does not use it any more. */
  off(): Promise<void>;
}

/** The entries of this one are what the no-op webhook is called by, too. */
const SAME_ENTRIES: OperatorName = 'us-100-10';

const CONFIGURATION = 'bench';

/** The API server looks for changed policies once a second, and sees some of a hundred bindings before the others. */
const POLICY_REFRESH_MS = 1_500;

/** All ways that are compared through the API server. */
export function admissionVariants({ cluster, release, collapse, signal }: Stage, fleet: Fleet): AdmissionVariant[] {
  const entriesOf = (name: OperatorName): readonly WebhookEntry[] => fleet.operators.get(name)?.entries() ?? [];
  const { noop } = fleet;
  const noopEntries = (): object[] =>
    entriesOf(SAME_ENTRIES).map((entry) => ({
      ...entry,
      clientConfig: { url: noop.url, caBundle: Buffer.from(noop.caCertificate).toString('base64') },
    }));
  const isNoopCalled = async (): Promise<boolean> => {
    const before = await noop.answered();
    await cluster.status('PUT', DRY_UPDATE, release);
    return (await noop.answered()) > before;
  };
  // Every set of rules denies it.
  const isDenied = async (): Promise<boolean> => {
    const status = await cluster.status('PUT', DRY_UPDATE, collapse);
    return status === 403 || status === 422;
  };
  return [
    { name: NONE, on: async () => undefined, off: async () => undefined },
    webhook(cluster, NOOP, noopEntries, isNoopCalled),
    policies(cluster, isDenied, signal),
    ...THROUGH_API_SERVER.map((name) => webhook(cluster, name, () => entriesOf(name), isDenied)),
  ];
}

function webhook(
  cluster: Cluster,
  name: string,
  entries: () => readonly object[],
  isInUse: () => Promise<boolean>,
): AdmissionVariant {
  return {
    name,
    on: async () => {
      await cluster.call('POST', WEBHOOKS, { metadata: { name: CONFIGURATION }, webhooks: entries() });
      await cluster.until(`${name} is called`, isInUse);
    },
    off: async () => {
      await cluster.call('DELETE', `${WEBHOOKS}/${CONFIGURATION}`);
      await cluster.until(`${name} is no longer called`, async () => !(await isInUse()));
    },
  };
}

function policies(cluster: Cluster, isDenied: () => Promise<boolean>, signal: AbortSignal): AdmissionVariant {
  const bindings = policiesOf(POLICIES_USUAL, USUAL).map(({ binding }) => binding);
  const refresh = (): Promise<void> =>
    new Promise((resolve) => {
      setTimeout(resolve, signal.aborted ? 0 : POLICY_REFRESH_MS);
    });
  return {
    name: POLICIES_USUAL,
    on: async () => {
      await cluster.createAll(BINDINGS, bindings);
      await cluster.until('the policies are in force', isDenied);
      await refresh();
    },
    off: async () => {
      await cluster.call('DELETE', `${BINDINGS}?labelSelector=${SET_LABEL}=${POLICIES_USUAL}`);
      await cluster.until('the policies are no longer in force', async () => !(await isDenied()));
      await refresh();
    },
  };
}
