import { GROUP, GUARDRAIL_VIOLATIONS } from '../api/group-version.ts';
import type { NamespaceReach } from '../policy/compiled-guardrail.ts';
import type { GuardrailGroup } from '../policy/guardrail-group.ts';
import type { ResourceMap } from '../policy/resource-map.ts';
import { updatedForMetadataAlone } from './webhook-rules.ts';

/** A matchCondition of a webhook entry: a request is sent only if all are true. */
export interface MatchCondition {
  readonly name: string;
  readonly expression: string;
}

/** The parts of metadata that actions judge and that a write to /status can change. */
const STATUS_WRITABLE_METADATA = ['labels', 'finalizers', 'ownerReferences'];

const SUBRESOURCE = "request.?subResource.orValue('')";
const NAMESPACE = "request.?namespace.orValue('')";
const USERNAME = "request.userInfo.?username.orValue('')";

const SAME_METADATA = STATUS_WRITABLE_METADATA.map(
  (field) => `object.metadata.?${field} == oldObject.metadata.?${field}`,
).join(' && ');

const IS_STATUS_WITHOUT_METADATA = `${SUBRESOURCE} == 'status' && ${SAME_METADATA}`;

/** A Pod or Job ends when its deadline has passed: to shorten it is to delete. */
const SAME_DEADLINE =
  "(!(request.resource.resource in ['pods', 'jobs']) || " +
  'object.spec.?activeDeadlineSeconds == oldObject.spec.?activeDeadlineSeconds)';

/**
 * Drops updates that change nothing of what is judged: where only deletions and metadata are, most updates. So neither they
 * nor an outage of ours come in each other's way.
 */
function notUpdateAlone(resources: readonly string[] | 'All'): MatchCondition[] {
  if (resources.length === 0) return [];
  const key = "request.resource.resource + '.' + request.resource.group";
  const names = resources === 'All' ? '' : ` && ${key} in ${list(resources)}`;
  const isPlain = `request.operation == 'UPDATE' && ${SUBRESOURCE} == ''${names}`;
  return [{ name: 'not-update-alone', expression: `!(${isPlain} && ${SAME_METADATA} && ${SAME_DEADLINE})` }];
}

const list = (names: readonly string[]): string => `[${names.map((name) => `'${name}'`).join(', ')}]`;

/**
 * What is never sent, whatever the guardrails are: what the cluster needs to stay alive and would drown us in, and our own
 * writes, which would lead to others without end.
 */
function neverSent(operatorUsername: string): MatchCondition[] {
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
        `request.resource.resource in ['nodes', 'pods'] && ${IS_STATUS_WITHOUT_METADATA})`,
    },
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
  const conditions = [
    ...neverSent(operatorUsername),
    ...CALLER[caller],
    ...notUpdateAlone(updatedForMetadataAlone(scopes, resources)),
  ];
  if (!group.includeStatus) {
    // Status is written all the time. What a status write can do to metadata is judged, and nothing else of it.
    conditions.push({ name: 'not-status-alone', expression: `!(${IS_STATUS_WITHOUT_METADATA})` });
  }
  const reach = group.reach && reachExpression(group.reach);
  if (reach !== undefined && reach.length <= MAX_REACH_LENGTH)
    conditions.push({ name: 'namespaces', expression: reach });
  return conditions;
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
