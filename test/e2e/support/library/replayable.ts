import { GUARDRAIL_VIOLATIONS } from '../../../../src/api/group-version.ts';
import { listAt, stringAt } from '../../../../src/policy/json.ts';
import type { LibraryTest } from './library.ts';

const OPERATOR = ':guardrails-operator';

/** Tests of what the API server would not let come to admission. */
export const REFUSED: ReadonlyMap<string, string> = new Map([
  ['freezes/namespace-freeze: a kubelet removes a Pod that has ended', 'such a Pod is gone when it is deleted first'],
  [
    'workloads/no-autoscaling-to-zero: a HorizontalPodAutoscaler with a minimum of zero',
    'it needs a feature that is off by default',
  ],
  ['workloads/no-scale-to-zero: a rolling update empties the old ReplicaSet', 'the garbage collector is faster'],
  ['workloads/bounded-scale-down: a rolling update empties the old ReplicaSet', 'the garbage collector is faster'],
  ['storage/no-pvc-delete: the garbage collector deletes what has lost its owner', 'the garbage collector is faster'],
  [
    'namespaces/keep-labelled-objects: the garbage collector deletes what has lost the owner that it had',
    'the garbage collector is faster',
  ],
  [
    'storage/no-pv-delete: somebody takes the last finalizer off a volume that is being deleted',
    'the controller of volumes is faster',
  ],
  [
    'storage/no-pv-delete: its controller does so once the volume is not bound any more',
    'the real controller is faster',
  ],
  ['rbac/no-escalating-verbs: the controller fills the role edit', 'the real controller is faster'],
  ['self-protection/protect-operator-rbac: the controller fills the aggregated role', 'the real controller is faster'],
]);

/** Why the request of a test can't be sent to a real API server; undefined if it can. */
export function whyNotReplayable({ title, test }: LibraryTest): string | undefined {
  const refused = REFUSED.get(title);
  if (refused !== undefined) return refused;
  const existing = test.existing ?? [];
  if (existing.some((one) => stringAt(one, 'kind') === 'VulnerabilityReport')) {
    return 'reports come to the operator in their own time: scan.test.ts waits for them';
  }
  if (existing.some((one) => stringAt(one, 'kind') === 'Namespace' && isEndingObject(one))) {
    return 'a namespace that ends is gone before anything in it can be asked for';
  }
  const { oldObject, resource } = test.request;
  if (existing.some((one) => stringAt(one, 'kind') === 'GuardrailViolation')) {
    return 'records are made by the operator alone';
  }
  if (resource.resource === GUARDRAIL_VIOLATIONS && !test.request.userInfo?.username.endsWith(OPERATOR)) {
    return 'the policy that comes with the manifests refuses it before any webhook is asked';
  }
  if (resource.group === 'apps' && test.request.subresource === 'status') {
    return 'the controllers of workloads write their status at the same time';
  }
  const isEnding = isEndingObject(oldObject);
  const finalizers = listAt(oldObject, 'metadata', 'finalizers');
  if (isEnding && resource.resource === 'namespaces') return 'a namespace that ends is gone before it can be asked for';
  if (isEnding && finalizers.some((one) => one === 'foregroundDeletion' || one === 'orphan')) {
    return 'the garbage collector takes its finalizers off at once';
  }
  if (isEnding && finalizers.length === 0 && resource.resource !== 'pods') return 'what nothing holds is gone at once';
  return undefined;
}

const isEndingObject = (object: unknown): boolean => stringAt(object, 'metadata', 'deletionTimestamp') !== undefined;
