import type { ActionType } from '../../../../src/api/v1alpha1.ts';
import { CATALOGUE } from '../../../../src/policy/actions/catalogue.ts';
import { hasRoute } from '../../../../src/policy/candidate.ts';
import type { Change } from '../../../../src/policy/decision.ts';
import { compileSimpleJsonPath } from '../../../../src/policy/json-path.ts';
import { resourceKey } from '../../../../src/policy/resource-map.ts';
import type { KubeObject, Review } from '../../../../src/policy/review.ts';
import { targetOf } from '../../../../src/policy/target.ts';
import { resources } from './judge.ts';
import { review } from './reviews.ts';

/** Every kind that bears Pods: its group, and the object of a pod template. */
export const KINDS: Readonly<
  Record<string, { readonly group: string; readonly around: (template: object) => KubeObject }>
> = {
  pods: { group: '', around: (template) => ({ ...template }) },
  podtemplates: { group: '', around: (template) => ({ template }) },
  replicationcontrollers: { group: '', around: (template) => ({ spec: { template } }) },
  deployments: { group: 'apps', around: (template) => ({ spec: { template } }) },
  statefulsets: { group: 'apps', around: (template) => ({ spec: { template } }) },
  daemonsets: { group: 'apps', around: (template) => ({ spec: { template } }) },
  replicasets: { group: 'apps', around: (template) => ({ spec: { template } }) },
  controllerrevisions: { group: 'apps', around: (template) => ({ data: { spec: { template } } }) },
  jobs: { group: 'batch', around: (template) => ({ spec: { template } }) },
  cronjobs: { group: 'batch', around: (template) => ({ spec: { jobTemplate: { spec: { template } } } }) },
};

/** Those of them that an update can give another template. */
export const TEMPLATED = Object.keys(KINDS).filter((kind) => kind !== 'pods' && kind !== 'controllerrevisions');

/** An update of a kind from one pod template to another. */
export function templateUpdate(from: object, to: object, kind = 'deployments'): Review {
  const { group, around } = KINDS[kind] as (typeof KINDS)[string];
  return review({ group, resource: kind, oldObject: around(from), object: around(to) });
}

/** An update of a kind from one pod spec to another. */
export const podUpdate = (from: object, to: object, kind?: string): Review =>
  templateUpdate({ spec: from }, { spec: to }, kind);

/** A create of a kind with a pod spec. */
export function podCreate(spec: object, kind = 'deployments'): Review {
  const { group, around } = KINDS[kind] as (typeof KINDS)[string];
  return review({ operation: 'CREATE', group, resource: kind, object: around({ spec }) });
}

/** What an action makes of a review; undefined too if it can't come by its route. A path is where a custom resource keeps its template. */
export function changesOf(name: ActionType, of: Review, templatePath?: string): readonly Change[] | undefined {
  const action = CATALOGUE[name];
  if (!hasRoute(action, of, false)) return undefined;
  const info = resources.get(resourceKey(of));
  const podTemplate = templatePath === undefined ? undefined : compileSimpleJsonPath(templatePath);
  return action.detect({ review: of, target: targetOf(of, undefined, info), info, podTemplate });
}

/** Changes in a line each: `$.spec.replicas 4 -> 1`. */
export const told = (changes: readonly Change[] | undefined): string[] =>
  (changes ?? []).map(({ path, from, to }) => `${path} ${text(from)} -> ${text(to)}`);

const text = (value: unknown): string => (value === undefined ? 'nothing' : String(value));
