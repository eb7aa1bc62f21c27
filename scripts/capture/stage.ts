import { spawn } from 'node:child_process';
import { type ControlPlane, startControlPlane } from '../../src/sandbox/control-plane.ts';
import type { Recorder } from './recorder.ts';

/** Who acts in the scenes. */
export type Actor = 'admin' | 'alice' | 'ci' | 'node-1';

/** What scenes act with. */
export interface Stage {
  /** Runs kubectl as somebody. Throws if it fails. */
  kubectl(actor: Actor, args: readonly string[], input?: object): Promise<string>;
  /** Runs kubectl for what is bound to fail after admission, such as exec in a Pod that never runs. */
  attempt(actor: Actor, args: readonly string[], input?: object): Promise<void>;
  /** Repeats a command until it succeeds. */
  until(actor: Actor, args: readonly string[], holds?: (stdout: string) => boolean): Promise<void>;
  stop(): Promise<void>;
}

export const NAMESPACE = 'shop';

/** Starts a control plane whose every admitted request goes to the recorder too, and the actors. */
export async function setStage(recorder: Recorder): Promise<Stage> {
  const controlPlane = await startControlPlane({ env: process.env });
  try {
    return await furnish(controlPlane, recorder);
  } catch (error) {
    await controlPlane.stop();
    throw error;
  }
}

async function furnish(controlPlane: ControlPlane, recorder: Recorder): Promise<Stage> {
  const kubeconfigs = new Map<Actor, string>([
    ['admin', controlPlane.adminKubeconfig],
    ['alice', await controlPlane.kubeconfig({ user: 'alice', groups: ['developers'] })],
    ['node-1', await controlPlane.kubeconfig({ user: 'system:node:node-1', groups: ['system:nodes'] })],
  ]);
  const run = (actor: Actor, args: readonly string[], input?: object) =>
    runKubectl(controlPlane, kubeconfigs.get(actor) ?? '', args, input);
  const kubectl: Stage['kubectl'] = async (actor, args, input) => {
    const { code, stdout, stderr } = await run(actor, args, input);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} failed: ${stderr.trim()}`);
    return stdout;
  };
  const until: Stage['until'] = async (actor, args, holds = () => true) => {
    for (let attempt = 0; attempt < 100; attempt++) {
      const { code, stdout } = await run(actor, args);
      if (code === 0 && holds(stdout)) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`kubectl ${args.join(' ')} did not come to hold`);
  };
  await kubectl('admin', ['create', 'namespace', NAMESPACE]);
  await until('admin', ['get', 'serviceaccount', 'default', '-n', NAMESPACE]);
  await kubectl('admin', ['create', 'serviceaccount', 'ci', '-n', NAMESPACE]);
  await kubectl('admin', [
    'create',
    'clusterrolebinding',
    'actors',
    '--clusterrole=cluster-admin',
    '--user=alice',
    `--serviceaccount=${NAMESPACE}:ci`,
  ]);
  await kubectl('admin', ['apply', '-f', '-'], WIDGETS);
  await until('admin', ['get', 'widgets', '-n', NAMESPACE]);
  await kubectl('admin', ['apply', '-f', '-'], webhookConfiguration(recorder));
  kubeconfigs.set('ci', await controlPlane.serviceAccountKubeconfig({ namespace: NAMESPACE, name: 'ci' }));
  await untilRecording(recorder, () =>
    kubectl('admin', ['create', 'configmap', 'probe', '-n', NAMESPACE, '--dry-run=server']),
  );
  return { kubectl, until, attempt: async (...call) => void (await run(...call)), stop: () => controlPlane.stop() };
}

/** The API server takes a moment to see a new configuration. */
async function untilRecording(recorder: Recorder, act: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    recorder.clear();
    await act();
    if ((await recorder.first(({ resource }) => resource.resource === 'configmaps', 200)) !== undefined) return;
  }
  throw new Error('the webhook is not called');
}

const webhookConfiguration = ({ url, caCertificate }: Recorder): object => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: 'capture-reviews' },
  webhooks: [
    {
      name: 'capture.guardrails.dev',
      clientConfig: { url, caBundle: Buffer.from(caCertificate).toString('base64') },
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      failurePolicy: 'Ignore',
      timeoutSeconds: 5,
      rules: [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'], scope: '*' }],
      matchConditions: [
        { name: 'not-leases', expression: "request.resource.resource != 'leases'" },
        { name: 'not-events', expression: "request.resource.resource != 'events'" },
      ],
    },
  ],
});

/** A custom resource whose scale subresource reads its replicas elsewhere than at spec.replicas. */
const WIDGETS = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { kind: 'Widget', listKind: 'WidgetList', plural: 'widgets', singular: 'widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        subresources: {
          status: {},
          scale: { specReplicasPath: '.spec.pool.size', statusReplicasPath: '.status.replicas' },
        },
      },
    ],
  },
};

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const KUBECTL_LIMIT_MS = 20_000;

function runKubectl(
  { directory, binaries }: ControlPlane,
  kubeconfig: string,
  args: readonly string[],
  input?: object,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(binaries.kubectl, ['--kubeconfig', kubeconfig, ...args], {
      env: { HOME: directory },
      timeout: KUBECTL_LIMIT_MS,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.stdin.on('error', () => {
      // It ended without reading its input.
    });
    child.stdin.end(input === undefined ? '' : JSON.stringify(input));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}
