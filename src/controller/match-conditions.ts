import { GROUP, GUARDRAIL_VIOLATIONS } from '../api/group-version.ts';
import type { GuardrailScope, NamespaceReach } from '../policy/compiled-guardrail.ts';
import { controllerUsernames } from '../policy/controllers.ts';
import type { GuardrailGroup } from '../policy/guardrail-group.ts';
import type { ResourceMap } from '../policy/resource-map.ts';
import { judgedByStatus, updatedForMetadataAlone } from './webhook-rules.ts';

/** A matchCondition of a webhook entry: a request is sent only if all are true. */
export interface MatchCondition {
  readonly name: string;
  readonly expression: string;
}

const SUBRESOURCE = "request.?subResource.orValue('')";
const NAMESPACE = "request.?namespace.orValue('')";
const USERNAME = "request.userInfo.?username.orValue('')";
/** As the keys of resourceKey. */
const RESOURCE = "request.resource.resource + '.' + request.resource.group";

/**
 * The parts of metadata that actions judge, and that a write to /status can change as well. Annotations are among them only
 * where a guardrail asks for these: controllers write them beside the status, all the time.
 */
function judgedMetadata(scopes: readonly GuardrailScope[]): string[] {
  const judgesAnnotations = scopes.some(({ actions }) => actions.some(({ name }) => name === 'AnnotationChange'));
  return ['labels', ...(judgesAnnotations ? ['annotations'] : []), 'finalizers', 'ownerReferences'];
}

const sameMetadata = (fields: readonly string[]): string =>
  fields.map((field) => `object.metadata.?${field} == oldObject.metadata.?${field}`).join(' && ');

const isStatusWithSame = (fields: readonly string[]): string => `${SUBRESOURCE} == 'status' && ${sameMetadata(fields)}`;

/** A Pod or Job ends when its deadline has passed: to shorten it is to delete. */
const SAME_DEADLINE =
  `(!(${RESOURCE} in ['pods.', 'jobs.batch']) || ` +
  ['activeDeadlineSeconds', 'ttlSecondsAfterFinished']
    .map((field) => `object.?spec.?${field} == oldObject.?spec.?${field}`)
    .join(' && ') +
  ')';

/**
 * Drops updates that change nothing of what is judged: where only deletions and metadata are, most updates. So neither they
 * nor an outage of ours come in each other's way.
 */
function notUpdateAlone(resources: readonly string[] | 'All', metadata: readonly string[]): MatchCondition[] {
  if (resources.length === 0) return [];
  const names = resources === 'All' ? '' : ` && ${RESOURCE} in ${list(resources)}`;
  const isPlain = `request.operation == 'UPDATE' && ${SUBRESOURCE} == ''${names}`;
  const isSame = `${sameMetadata(metadata)} && ${SAME_DEADLINE}`;
  return [{ name: 'not-update-alone', expression: `!(${isPlain} && ${isSame})` }];
}

/** The controller that counts what a PodDisruptionBudget allows. No action is made of its counting. */
const COUNTS_DISRUPTIONS =
  `(request.resource.resource == 'poddisruptionbudgets' && ` +
  `${USERNAME} in ${list(controllerUsernames('disruption-controller'))})`;

/**
 * Status is written all the time. What a status write can do to metadata is judged, and nothing else of it but of the
 * resources that are named.
 */
function notStatusAlone(resources: readonly string[] | 'All', metadata: readonly string[]): MatchCondition[] {
  if (resources === 'All') return [];
  const judged = resources.length === 0 ? '' : ` && !(${RESOURCE} in ${list(resources)} && !${COUNTS_DISRUPTIONS})`;
  return [{ name: 'not-status-alone', expression: `!(${isStatusWithSame(metadata)}${judged})` }];
}

/** Taints of this prefix stand for the conditions of a Node. */
const otherTaints = (object: string): string =>
  `${object}.?spec.?taints.orValue([]).filter(t, !t.?key.orValue('').startsWith('node.kubernetes.io/'))`;

/** Whether an object has all fields of the spec that another has, as that has them, but for its taints. */
const hasSpecOf = (object: string, other: string): string =>
  `${other}.?spec.orValue({}).all(k, k == 'taints' || ` +
  `(k in ${object}.?spec.orValue({}) && ${object}.spec[k] == ${other}.spec[k]))`;

/**
 * The node controller taints a Node whose kubelet is silent, and so has its Pods start elsewhere: ours too. Would that wait
 * for us, an operator whose Node is lost could never come back. It is let do that, and nothing else.
 */
const ONLY_TAINTS_CONDITIONS =
  `${USERNAME} in ${list(controllerUsernames('node-controller'))} && request.operation == 'UPDATE' && ` +
  `request.resource.group == '' && request.resource.resource == 'nodes' && ${SUBRESOURCE} == '' && ` +
  `${sameMetadata(['labels', 'annotations', 'finalizers', 'ownerReferences'])} && ` +
  `${hasSpecOf('object', 'oldObject')} && ${hasSpecOf('oldObject', 'object')} && ` +
  `${otherTaints('object')} == ${otherTaints('oldObject')}`;

/**
 * What is never sent, whatever the guardrails are: what the cluster needs to stay alive and would drown us in, and our own
 * writes, which would lead to others without end.
 */
function neverSent(operatorUsername: string, metadata: readonly string[]): MatchCondition[] {
  const operator = JSON.stringify(operatorUsername);
  return [
    {
      name: 'not-leases',
      expression: "!(request.resource.group == 'coordination.k8s.io' && request.resource.resource == 'leases')",
    },
    {
      name: 'not-events',
      expression: "!(request.resource.group in ['', 'events.k8s.io'] && request.resource.resource == 'events')",
    },
    {
      name: 'not-access-reviews',
      expression:
        "!(request.resource.group in ['authentication.k8s.io', 'authorization.k8s.io'] && request.resource.resource.endsWith('reviews'))",
    },
    {
      name: 'not-heartbeats',
      expression:
        `!(${USERNAME}.startsWith('system:node:') && request.resource.group == '' && ` +
        `request.resource.resource in ['nodes', 'pods'] && ${isStatusWithSame(metadata)})`,
    },
    { name: 'not-node-conditions', expression: `!(${ONLY_TAINTS_CONDITIONS})` },
    {
      name: 'not-own-records',
      expression:
        `!(${USERNAME} == ${operator} && request.resource.group == '${GROUP}' && ` +
        `(request.resource.resource == '${GUARDRAIL_VIOLATIONS}' || ${SUBRESOURCE} == 'status'))`,
    },
  ];
}

/**
 * Who the API server is when it makes what it needs to start, such as the bootstrap roles. It ends if it can't, and then
 * nobody could switch a webhook off: so its own requests have an entry of their own, which fails open.
 */
const IS_API_SERVER = `${USERNAME} == 'system:apiserver'`;

/** Whose requests an entry is for. */
export type Caller = 'ApiServer' | 'AllOthers' | 'Everybody';

const CALLER: Readonly<Record<Caller, readonly MatchCondition[]>> = {
  ApiServer: [{ name: 'only-api-server', expression: IS_API_SERVER }],
  AllOthers: [{ name: 'not-api-server', expression: `!(${IS_API_SERVER})` }],
  Everybody: [],
};

/** A CustomResourceDefinition is in no namespace, and takes along what is in all. */
const IS_CRD_DELETE = "(request.resource.resource == 'customresourcedefinitions' && request.operation == 'DELETE')";

/** A Namespace whose name is yet to be generated: it has one only in its object. */
const IS_UNNAMED_NAMESPACE = `(request.resource.group == '' && request.resource.resource == 'namespaces' && ${NAMESPACE} == '')`;

/** A longer expression would make the whole configuration too large to be stored. Without it more is sent than need be. */
const MAX_REACH_LENGTH = 4_096;

/** The matchConditions of a group's entries. */
export function matchConditions(
  group: GuardrailGroup,
  resources: ResourceMap,
  caller: Caller,
  operatorUsername: string,
): MatchCondition[] {
  const scopes = group.guardrails.map(({ scope }) => scope);
  const metadata = judgedMetadata(scopes);
  const conditions = [
    ...neverSent(operatorUsername, metadata),
    ...CALLER[caller],
    ...notUpdateAlone(updatedForMetadataAlone(scopes, resources), metadata),
    ...(group.includeStatus ? [] : notStatusAlone(judgedByStatus(scopes, resources), metadata)),
  ];
  const reach = group.reach && reachExpression(group.reach);
  if (reach !== undefined && reach.length <= MAX_REACH_LENGTH) {
    conditions.push({ name: 'namespaces', expression: `${IS_CRD_DELETE} || ${IS_UNNAMED_NAMESPACE} || ${reach}` });
  }
  return conditions;
}

function list(names: readonly string[]): string {
  return `[${names.map((name) => `'${name}'`).join(', ')}]`;
}

/** A CEL expression that holds in the namespaces that any of the reaches names. */
export function reachExpression(reaches: readonly NamespaceReach[]): string {
  return reaches.map((reach) => `(${oneReach(reach)})`).join(' || ');
}

function oneReach({ include, exclude }: NamespaceReach): string {
  const parts = [
    ...(include === undefined ? [] : [`(${anyGlob(include)})`]),
    ...(exclude.length === 0 ? [] : [`!(${anyGlob(exclude)})`]),
  ];
  return parts.length === 0 ? 'true' : parts.join(' && ');
}

/** Names without wildcards become a list, the others RE2 expressions. The CRD allows only letters, digits, -, * and ?. */
function anyGlob(globs: readonly string[]): string {
  const names = globs.filter((glob) => !/[*?]/.test(glob));
  const patterns = globs.filter((glob) => /[*?]/.test(glob));
  return [
    ...(names.length === 0 ? [] : [`${NAMESPACE} in ${list(names)}`]),
    ...patterns.map((glob) => `${NAMESPACE}.matches('^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$')`),
  ].join(' || ');
}
