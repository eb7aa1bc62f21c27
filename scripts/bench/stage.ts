import { type ControlPlane, startControlPlane } from '../../src/sandbox/control-plane.ts';
import type { Progress } from '../../src/sandbox/progress.ts';
import { type RecordedReview, startRecorder } from '../capture/recorder.ts';
import { Cluster } from './cluster.ts';
import { CREATED, collapsed, NAME, NAMESPACE, released, type Stored } from './deployment.ts';
import { shippedOperators } from './operators.ts';
import { DEPLOYMENTS, DRY_UPDATE, NAMESPACES, WEBHOOKS } from './paths.ts';

/** What every section works on. */
export interface Stage {
  readonly controlPlane: ControlPlane;
  readonly cluster: Cluster;
  /** The update that is measured, as its client sends it. */
  readonly release: object;
  /** An update that every set of guardrails denies. */
  readonly collapse: object;
  /** The review of the release, as the API server sends it. */
  readonly review: Uint8Array;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

const CAPTURE = 'bench-capture';
const CAPTURE_TIMEOUT_MS = 500;

/** Starts a control plane with the product's manifests and the Deployment that is updated, and calls `use`. Leaves nothing behind. */
export async function onStage<T>(
  progress: Progress,
  signal: AbortSignal,
  use: (stage: Stage) => Promise<T>,
): Promise<T> {
  const { installManifests } = await shippedOperators();
  const controlPlane = await startControlPlane({ env: process.env, progress, signal });
  try {
    const cluster = new Cluster(controlPlane, signal);
    await installManifests(controlPlane, process.env);
    progress.line('capturing the review of an update');
    await cluster.call('POST', NAMESPACES, { metadata: { name: NAMESPACE } });
    // Without its account no Pod could be made, and the controllers would try for ever.
    await cluster.call('POST', `${NAMESPACES}/${NAMESPACE}/serviceaccounts`, { metadata: { name: NAME } });
    await cluster.call('POST', `${DEPLOYMENTS}?fieldManager=bench`, CREATED);
    await cluster.until('the Deployment is seen by its controller', async () => hasStatus(await deployment(cluster)));
    const stored = (await deployment(cluster)) as Stored;
    const release = released(stored);
    const review = await capture(cluster, release);
    return await use({ controlPlane, cluster, release, collapse: collapsed(stored), review, progress, signal });
  } finally {
    await controlPlane.stop();
  }
}

const deployment = (cluster: Cluster): Promise<unknown> => cluster.call('GET', `${DEPLOYMENTS}/${NAME}`);

/** All of the Pods are counted: the controller has no reason to write again. */
function hasStatus(object: unknown): boolean {
  const { status } = object as { status?: { replicas?: number; conditions?: readonly unknown[] } };
  return status?.replicas === 10 && (status.conditions?.length ?? 0) > 0;
}

/**
 * Takes the review that the API server sends of an update. The update is a dry run, since else the controllers would act upon
 * it; the review is told that it is none, since of a dry run nothing is put on record.
 */
async function capture(cluster: Cluster, release: object): Promise<Uint8Array> {
  const recorder = await startRecorder();
  try {
    await cluster.call('POST', WEBHOOKS, recorderConfiguration(recorder.url, recorder.caCertificate));
    let review: RecordedReview | undefined;
    await cluster.until('the review of the update', async () => {
      await cluster.call('PUT', DRY_UPDATE, release);
      review = await recorder.first(({ operation }) => operation === 'UPDATE', CAPTURE_TIMEOUT_MS);
      return review !== undefined;
    });
    const { dryRun: _wasDry, options, ...request } = { options: {}, ...review?.request };
    const wetOptions = { ...options, dryRun: undefined };
    return Buffer.from(JSON.stringify({ ...review, request: { ...request, options: wetOptions, dryRun: false } }));
  } finally {
    await cluster.call('DELETE', `${WEBHOOKS}/${CAPTURE}`);
    await recorder.close();
  }
}

const recorderConfiguration = (url: string, caCertificate: string): object => ({
  metadata: { name: CAPTURE },
  webhooks: [
    {
      name: 'capture.bench.guardrails.dev',
      clientConfig: { url, caBundle: Buffer.from(caCertificate).toString('base64') },
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      failurePolicy: 'Ignore',
      timeoutSeconds: 5,
      rules: [{ operations: ['UPDATE'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'] }],
      matchConditions: [{ name: 'by-us', expression: "request.userInfo.username == 'admin'" }],
    },
  ],
});
