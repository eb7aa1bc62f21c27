import { expect, test } from 'vitest';
import { isClusterScoped, namesUnknown } from '../../../../src/policy/lint/named-resources.ts';
import { isNeverSent } from '../../../../src/policy/never-sent.ts';
import { BUILT_IN_RESOURCES } from '../../../../src/simulation/built-in-resources.ts';

/** Namespaces are judged by their own name and labels, as if they were in themselves. */
const guarded = BUILT_IN_RESOURCES.map(([group, resource, , , scope, , deletable]) => ({
  group,
  resource,
  scope,
  deletable,
})).filter((one) => one.deletable === 'deletable' && !isNeverSent(one) && one.resource !== 'namespaces');

test('the cluster-scoped resources are those that the API server serves', () => {
  const served = guarded.filter(({ scope }) => scope === 'Cluster').map(({ resource }) => resource);
  expect(guarded.filter(isClusterScoped).map(({ resource }) => resource)).toEqual(served);
  expect(served).toContain('nodes');
});

test('the groups are those that the API server serves', () => {
  const unknown = guarded.filter(({ group, resource }) => namesUnknown({ apiGroups: [group], resources: [resource] }));
  expect(unknown).toEqual([]);
});
