import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GuardrailMatch, GuardrailSpec } from '../../../src/api/v1alpha1.ts';
import { expectDenied, expectPassed } from '../support/decisions.ts';
import { guardTest } from '../support/guard-test.ts';
import { GuardedCluster, type Person } from '../support/guarded-cluster.ts';
import { type CommandResult, runToEnd } from '../support/kubectl.ts';
import { configMap } from '../support/workloads.ts';

let cluster: GuardedCluster;
let alice: Person;

beforeAll(async () => {
  cluster = await GuardedCluster.start();
  alice = await cluster.person('alice', { grant: { clusterRole: 'cluster-admin' } });
});
afterAll(() => cluster?.stop());

const deny = (namespace: string, fieldManagers: GuardrailMatch['fieldManagers']): GuardrailSpec => ({
  enforcement: 'Deny',
  failurePolicy: 'Fail',
  match: {
    actions: ['Create', 'Update', 'Delete'],
    resources: [{ apiGroups: [''], resources: ['configmaps'] }],
    namespaces: { include: [namespace] },
    ...(fieldManagers !== undefined && { fieldManagers }),
  },
});

/** Opens an object in an editor that changes one word. */
const edit = (name: string, namespace: string): Promise<CommandResult> =>
  runToEnd(
    cluster.controlPlane.binaries.kubectl,
    ['--kubeconfig', alice.kubeconfig, 'edit', 'configmap', name, '-n', namespace],
    { env: { HOME: cluster.controlPlane.directory, PATH: process.env.PATH, KUBE_EDITOR: 'sed -i s/calm/loud/' } },
  );

const applied = (namespace: string, name: string, mood: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data: { mood },
});

test('requests are told apart by the field manager that they name, which is whatever the client likes', async () => {
  const namespace = await cluster.namespace('managed');
  await cluster.create(applied(namespace, 'edited', 'calm'), configMap(namespace, 'kept'));
  await guardTest(cluster, {
    managed: deny(namespace, { include: ['kubectl-edit', 'robot-*'], exclude: ['robot-good'] }),
  });
  const serverSide = (manager: string, ...flags: string[]) =>
    alice.kubectl(
      ['apply', '--server-side', ...flags, `--field-manager=${manager}`, '-f', '-'],
      applied(namespace, 'by-apply', manager),
    );
  const inNamespace = ['-n', namespace];

  expectDenied(await edit('edited', namespace), 'managed', 'Update');
  expectDenied(await serverSide('robot-bad'), 'managed', 'Create');
  expectPassed(await serverSide('robot-good'));
  expectPassed(await serverSide('human', '--force-conflicts'));
  expectDenied(await serverSide('robot-bad', '--force-conflicts'), 'managed', 'Update');
  expectPassed(await alice.kubectl(['create', 'configmap', 'by-create', ...inNamespace]));
  expectDenied(
    await alice.kubectl(['create', 'configmap', 'by-robot', ...inNamespace, '--field-manager=robot-1']),
    'managed',
    'Create',
  );
  expectPassed(await alice.kubectl(['label', 'configmap', 'edited', 'a=b', ...inNamespace]));
  expectDenied(
    await alice.kubectl([
      'label',
      'configmap',
      'edited',
      'a=c',
      '--overwrite',
      ...inNamespace,
      '--field-manager=robot-1',
    ]),
    'managed',
    'Update',
  );
  // A deletion names none, which is like no glob.
  expectPassed(await alice.kubectl(['delete', 'configmap', 'kept', ...inNamespace]));
  expect(await cluster.decisions('managed')).toEqual({ Denied: 5 });
});

test('requests that name no field manager are judged by who only excludes some', async () => {
  const namespace = await cluster.namespace('unnamed');
  await cluster.create(configMap(namespace, 'kept'));
  await guardTest(cluster, { unnamed: deny(namespace, { exclude: ['*'] }) });
  const inNamespace = ['-n', namespace];
  expectDenied(await alice.kubectl(['delete', 'configmap', 'kept', ...inNamespace]), 'unnamed', 'Delete');
  expectPassed(await alice.kubectl(['create', 'configmap', 'named', ...inNamespace]));
});
