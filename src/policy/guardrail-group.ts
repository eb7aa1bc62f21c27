import { createHash } from 'node:crypto';
import type { GuardrailScope, LoadedGuardrail, NamespaceReach } from './compiled-guardrail.ts';

/**
 * Guardrails that share an entry of the webhook configuration: the same failurePolicy, the same namespaces by name, and
 * the same wish for status writes. So an outage reaches no further than the guardrails of the group do.
 */
export interface GuardrailGroup {
  /** Names the group in the path of its entry: the same for the same failurePolicy, namespaces and status. */
  readonly id: string;
  readonly failurePolicy: 'Fail' | 'Ignore';
  readonly includeStatus: boolean;
  /** The namespaces of its guardrails, any of which counts; undefined if one of them reaches all. */
  readonly reach: readonly NamespaceReach[] | undefined;
  readonly guardrails: readonly LoadedGuardrail[];
}

/** An API server calls each entry for itself: more than this many would cost every request too much. */
const MAX_GROUPS = 16;

/** Groups guardrails. If there would be more than 16 groups, those of one failurePolicy are merged, the smallest first. */
export function groupGuardrails(guardrails: readonly LoadedGuardrail[]): GuardrailGroup[] {
  const groups = new Map<string, GuardrailGroup>();
  for (const guardrail of guardrails) {
    const group = alone(guardrail);
    const known = groups.get(group.id);
    groups.set(group.id, known === undefined ? group : { ...known, guardrails: [...known.guardrails, guardrail] });
  }
  let result = [...groups.values()].sort(byId);
  while (result.length > MAX_GROUPS) result = mergeSmallest(result);
  return result;
}

/** The failurePolicy that a group's id tells, also of a group that is no more. */
export function failurePolicyOfGroup(id: string): 'Fail' | 'Ignore' | undefined {
  if (id.startsWith('fail-')) return 'Fail';
  return id.startsWith('ignore-') ? 'Ignore' : undefined;
}

function alone(guardrail: LoadedGuardrail): GuardrailGroup {
  const { failurePolicy, includeStatus, namespaces } = guardrail.scope;
  const reach = namespaces && [sorted(namespaces)];
  return { id: idOf(guardrail.scope, reach), failurePolicy, includeStatus, reach, guardrails: [guardrail] };
}

const sorted = ({ include, exclude }: NamespaceReach): NamespaceReach => ({
  include: include?.toSorted(byText),
  exclude: exclude.toSorted(byText),
});

const byText = (a: string, b: string): number => (a < b ? -1 : 1);

type GroupKey = Pick<GuardrailScope, 'failurePolicy' | 'includeStatus'>;

function idOf({ failurePolicy, includeStatus }: GroupKey, reach: GuardrailGroup['reach']): string {
  const key = JSON.stringify([reach ?? null, includeStatus]);
  return `${failurePolicy.toLowerCase()}-${createHash('sha256').update(key).digest('hex').slice(0, 10)}`;
}

const byId = (a: GuardrailGroup, b: GuardrailGroup): number => byText(a.id, b.id);

/** Merges the two smallest groups of one failurePolicy, of which there are at least nine. */
function mergeSmallest(groups: readonly GuardrailGroup[]): GuardrailGroup[] {
  const policy =
    groups.filter(({ failurePolicy }) => failurePolicy === 'Fail').length > groups.length / 2 ? 'Fail' : 'Ignore';
  const [a, b] = groups
    .filter(({ failurePolicy }) => failurePolicy === policy)
    .sort((x, y) => x.guardrails.length - y.guardrails.length || byId(x, y));
  if (a === undefined || b === undefined) return [...groups];
  const reach = a.reach && b.reach && [...a.reach, ...b.reach];
  const includeStatus = a.includeStatus || b.includeStatus;
  const merged: GuardrailGroup = {
    id: idOf({ failurePolicy: policy, includeStatus }, reach),
    failurePolicy: policy,
    includeStatus,
    reach,
    guardrails: [...a.guardrails, ...b.guardrails],
  };
  return [...groups.filter((group) => group !== a && group !== b), merged].sort(byId);
}
