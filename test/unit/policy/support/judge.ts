import type { Guardrail, GuardrailMatch, GuardrailSpec } from '../../../../src/api/v1alpha1.ts';
import { matchesStatically } from '../../../../src/policy/candidate.ts';
import { compileErrorText, compileGuardrail } from '../../../../src/policy/compile.ts';
import type { LoadedGuardrail } from '../../../../src/policy/compiled-guardrail.ts';
import type { Decision, Finding } from '../../../../src/policy/decision.ts';
import { evaluate } from '../../../../src/policy/evaluate.ts';
import { type Circumstances, type Fact, type Facts, NO_FACTS, NOT_ASKED } from '../../../../src/policy/facts.ts';
import { PolicyIndex } from '../../../../src/policy/policy-index.ts';
import { requirementsOf } from '../../../../src/policy/requirements.ts';
import { type ResourceInfo, resourceKey } from '../../../../src/policy/resource-map.ts';
import type { KubeObject, Review } from '../../../../src/policy/review.ts';

const info = (
  group: string,
  resource: string,
  kind: string,
  subresources: readonly string[],
  more: Partial<ResourceInfo> = {},
): ResourceInfo => ({
  group,
  resource,
  kind,
  version: 'v1',
  namespaced: true,
  subresources: new Set(subresources),
  ...more,
});

/** What the test cluster serves. Widgets keep their replicas elsewhere, gadgets can't be scaled. */
export const resources = new Map(
  [
    info('', 'pods', 'Pod', ['status', 'eviction', 'exec', 'attach', 'portforward', 'binding', 'resize']),
    info('', 'configmaps', 'ConfigMap', []),
    info('', 'secrets', 'Secret', []),
    info('', 'namespaces', 'Namespace', ['status', 'finalize'], { namespaced: false }),
    info('apps', 'deployments', 'Deployment', ['status', 'scale']),
    info('apps', 'replicasets', 'ReplicaSet', ['status', 'scale']),
    info('example.com', 'widgets', 'Widget', ['status', 'scale'], {
      isCustom: true,
      replicasPath: ['spec', 'pool', 'size'],
    }),
    info('example.com', 'gadgets', 'Gadget', [], { isCustom: true }),
    info('example.com', 'tills', 'Till', [], { isCustom: true }),
  ].map((one) => [resourceKey(one), one]),
);

/** A Guardrail that denies with failurePolicy Fail, unless told otherwise. */
export function guardrail(match: GuardrailMatch, spec: Partial<GuardrailSpec> = {}, name = 'g'): Guardrail {
  return {
    apiVersion: 'guardrails.dev/v1alpha1',
    kind: 'Guardrail',
    metadata: { name, uid: `uid-of-${name}`, generation: 1 },
    spec: { enforcement: 'Deny', failurePolicy: 'Fail', match, ...spec },
  };
}

/** Every resource of every group. */
export const EVERYTHING = [{ apiGroups: ['*'], resources: ['*'] }];

/** Compiles a Guardrail that is meant to compile. */
export function compiled(...call: Parameters<typeof guardrail>): LoadedGuardrail {
  const loaded = compileGuardrail(guardrail(...call));
  const error = compileErrorText(loaded);
  if (error !== undefined) throw new Error(error);
  return loaded;
}

/** What the cluster tells, where it is asked. */
export interface Cluster extends Partial<Circumstances> {
  readonly parent?: KubeObject | Fact['kind'];
  readonly namespace?: KubeObject | Fact['kind'];
}

/** Judges as the handler does: candidates, look-ups only where they are needed, evaluation. */
export function judge(guardrails: readonly LoadedGuardrail[], review: Review, cluster: Cluster = {}): Decision {
  const index = new PolicyIndex(guardrails, resources);
  const candidates = index
    .candidates(review, 'of no group')
    .filter((candidate) => matchesStatically(candidate, review));
  const needs = requirementsOf(candidates, review);
  const facts: Facts = {
    scans: cluster.scans ?? NO_FACTS.scans,
    now: cluster.now ?? NO_FACTS.now,
    parent: needs.parent ? factOf(cluster.parent ?? 'Missing') : NOT_ASKED,
    namespace: needs.namespace ? factOf(cluster.namespace ?? SHOP) : NOT_ASKED,
  };
  return evaluate(candidates, review, facts, index.info(review));
}

/** The one finding of one guardrail, or undefined where it does not match. */
export function findingOf(loaded: LoadedGuardrail, review: Review, cluster: Cluster = {}): Finding | undefined {
  return judge([loaded], review, cluster).findings[0];
}

export const SHOP: KubeObject = { metadata: { name: 'shop', labels: { env: 'production' } } };

function factOf(told: KubeObject | Fact['kind']): Fact {
  if (typeof told === 'object') return { kind: 'Found', object: told };
  if (told === 'Failed') return { kind: 'Failed', error: 'the API server does not answer' };
  return told === 'Missing' ? { kind: 'Missing' } : NOT_ASKED;
}
