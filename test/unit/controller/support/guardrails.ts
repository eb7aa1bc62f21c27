import type { Guardrail, GuardrailSpec } from '../../../../src/api/v1alpha1.ts';
import { compileGuardrail } from '../../../../src/policy/compile.ts';
import type { LoadedGuardrail } from '../../../../src/policy/compiled-guardrail.ts';
import type { ResourceInfo, ResourceMap } from '../../../../src/policy/resource-map.ts';
import { resourceKey } from '../../../../src/policy/resource-map.ts';
import type { KubeObject } from '../../../../src/policy/review.ts';

/** A Guardrail as the API server stores it. */
export function guardrail(name: string, spec: Partial<GuardrailSpec>, generation = 1): Guardrail {
  return {
    apiVersion: 'guardrails.dev/v1alpha1',
    kind: 'Guardrail',
    metadata: { name, uid: `uid-of-${name}`, generation },
    spec: { enforcement: 'Deny', failurePolicy: 'Fail', match: { actions: ['ScaleDown'] }, ...spec },
  };
}

/** The same, as raw object. */
export const guardrailObject = (...parts: Parameters<typeof guardrail>): KubeObject =>
  guardrail(...parts) as unknown as KubeObject;

/** The same, loaded. */
export const loaded = (...parts: Parameters<typeof guardrail>): LoadedGuardrail =>
  compileGuardrail(guardrail(...parts));

const info = (
  group: string,
  resource: string,
  subresources: readonly string[],
  more: Partial<ResourceInfo> = {},
): ResourceInfo => ({
  group,
  resource,
  version: 'v1',
  kind: resource,
  namespaced: true,
  subresources: new Set(subresources),
  ...more,
});

/** A small cluster: what the rules of these tests need to know. */
export const RESOURCES: ResourceMap = new Map(
  [
    info('', 'namespaces', ['status', 'finalize'], { namespaced: false }),
    info('', 'nodes', ['status', 'proxy'], { namespaced: false }),
    info('', 'pods', [
      'status',
      'eviction',
      'exec',
      'attach',
      'portforward',
      'binding',
      'ephemeralcontainers',
      'resize',
    ]),
    info('', 'configmaps', []),
    info('', 'replicationcontrollers', ['status', 'scale']),
    info('apps', 'deployments', ['status', 'scale']),
    info('apps', 'statefulsets', ['status', 'scale']),
    info('apps', 'replicasets', ['status', 'scale']),
    info('batch', 'jobs', ['status']),
    info('example.com', 'shops', ['status', 'scale'], {
      version: 'v2',
      isCustom: true,
      replicasPath: ['spec', 'size'],
    }),
    info('example.com', 'tills', ['status'], { version: 'v2', isCustom: true }),
  ].map((one) => [resourceKey(one), one]),
);
