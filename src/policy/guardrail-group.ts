import { createHash } from 'node:crypto';
import type { GuardrailScope, LoadedGuardrail, NamespaceReach } from './compiled-guardrail.ts';

/**
 * Guardrails that share an entry of the webhook configuration: the same failurePolicy, the same namespaces by name, the same
 * wish for status writes, and wildcards or none. So an outage reaches no further than the guardrails of the group do.
 */
export interface GuardrailGroup {
  /** Names the group in the path of its entry: the same for the same failurePolicy, namespaces and status. */
  readonly id: string;
  readonly failurePolicy: 'Fail' | 'Ignore';
  readonly includeStatus: boolean;
  /**
   * Whether its guardrails name resources by wildcard. These are sent in any version, and would have others of the same
   * entry see another shape than the one that they were written for.
   */
  readonly hasWildcards: boolean;
  /** The namespaces of its guardrails, any of which counts; undefined if one of them reaches all. */
  readonly reach: readonly NamespaceReach[] | undefined;
  readonly guardrails: readonly LoadedGuardrail[];
}

/** An API server calls each entry for itself: more than this many would cost every request too much. */
const MAX_GROUPS = 16;

/** Groups guardrails. If there would be more than 16 groups, those of one kind are merged, the smallest first. */
export function groupGuardrails(guardrails: readonly LoadedGuardrail[]): GuardrailGroup[] {
  let result = join(guardrails.map(alone));
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
  const hasWildcards = isWild(guardrail.scope);
  const id = idOf({ failurePolicy, includeStatus, hasWildcards }, reach);
  return { id, failurePolicy, includeStatus, hasWildcards, reach, guardrails: [guardrail] };
}

const isWild = ({ resources = [] }: GuardrailScope): boolean =>
  resources.some(({ apiGroups, resources: names }) => apiGroups.includes('*') || names.includes('*'));

const sorted = ({ include, exclude }: NamespaceReach): NamespaceReach => ({
  include: include?.toSorted(byText),
  exclude: exclude.toSorted(byText),
});

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

type GroupKey = Pick<GuardrailGroup, 'failurePolicy' | 'includeStatus' | 'hasWildcards'>;

function idOf({ failurePolicy, includeStatus, hasWildcards }: GroupKey, reach: GuardrailGroup['reach']): string {
  const key = JSON.stringify([reach ?? null, includeStatus, hasWildcards]);
  return `${failurePolicy.toLowerCase()}-${createHash('sha256').update(key).digest('hex').slice(0, 10)}`;
}

const byName = (a: LoadedGuardrail, b: LoadedGuardrail): number => byText(a.scope.identity.name, b.scope.identity.name);

const byId = (a: GuardrailGroup, b: GuardrailGroup): number => byText(a.id, b.id);

/** Merges the two smallest groups of one kind. Of the four kinds, one has at least two groups when there are too many. */
function mergeSmallest(groups: readonly GuardrailGroup[]): GuardrailGroup[] {
  const kinds = Map.groupBy(groups, ({ failurePolicy, hasWildcards }) => `${failurePolicy} ${hasWildcards}`);
  const [largest = []] = [...kinds.values()].sort((x, y) => y.length - x.length);
  const [a, b] = largest.toSorted((x, y) => x.guardrails.length - y.guardrails.length || byId(x, y));
  if (a === undefined || b === undefined) return [...groups];
  const reach = a.reach && b.reach && [...a.reach, ...b.reach];
  const key = { ...a, includeStatus: a.includeStatus || b.includeStatus };
  const merged = { ...key, id: idOf(key, reach), reach, guardrails: [...a.guardrails, ...b.guardrails].sort(byName) };
  return join([...groups.filter((group) => group !== a && group !== b), merged]);
}

/** What was merged can be what another group is already: two of one id would be one entry, and one would never be asked. */
function join(groups: readonly GuardrailGroup[]): GuardrailGroup[] {
  const byKey = new Map<string, GuardrailGroup>();
  for (const group of groups) {
    const guardrails = [...(byKey.get(group.id)?.guardrails ?? []), ...group.guardrails].sort(byName);
    byKey.set(group.id, { ...group, guardrails });
  }
  return [...byKey.values()].sort(byId);
}
