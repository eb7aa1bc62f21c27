import { expect, test } from 'vitest';
import { neverSent } from '../../../src/policy/never-sent.ts';

test.each([
  ['leases', 'coordination.k8s.io', 'leases', true],
  ['webhook configurations', 'admissionregistration.k8s.io', 'validatingwebhookconfigurations', true],
  ['events', '', 'events', true],
  ['access reviews', 'authorization.k8s.io', 'subjectaccessreviews', true],
  ['something else of that name', 'example.com', 'events', false],
  ['a wildcard, which means the others', '*', '*', false],
  ['Pods', '', 'pods', false],
])('%s', (_name, group, resource, isNeverSent) => {
  expect(neverSent([{ apiGroups: [group], resources: [resource] }]).length > 0).toBe(isNeverSent);
});
