import { listAt, stringAt, stringListAt, stringMapAt } from '../json.ts';
import { canonical } from './canonical.ts';

/** One requirement of a label selector on one key. */
interface Requirement {
  readonly operator: string;
  readonly values: ReadonlySet<string>;
}

/** A label selector, ready to be compared with others. */
export interface Selector {
  readonly requirements: ReadonlyMap<string, readonly Requirement[]>;
  /** How many steps a comparison with it takes at most. */
  readonly weight: number;
}

/** Reads a label selector. One that is absent selects everything, as an empty one does. */
export function readSelector(selector: unknown): Selector {
  const requirements = new Map<string, Requirement[]>();
  let weight = 1;
  const add = (key: string, operator: string, values: readonly string[]) => {
    const others = requirements.get(key);
    const requirement = { operator, values: new Set(values) };
    if (others === undefined) requirements.set(key, [requirement]);
    else others.push(requirement);
    weight += 1 + values.length;
  };
  for (const [key, value] of stringMapAt(selector, 'matchLabels')) add(key, 'In', [value]);
  for (const expression of listAt(selector, 'matchExpressions')) {
    const values = stringListAt(expression, 'values');
    add(stringAt(expression, 'key') ?? '', stringAt(expression, 'operator') ?? '', values);
  }
  return { requirements, weight };
}

/** Whether a selector selects everything. */
export function selectsAll({ requirements }: Selector): boolean {
  return requirements.size === 0;
}

/** A selector in words: `app=web, tier In (gold, silver)`. */
export function selectorText(selector: Selector): string {
  const texts = [...selector.requirements].flatMap(([key, some]) => some.map((one) => requirementText(key, one)));
  return texts.length === 0 ? 'everything' : texts.join(', ');
}

function requirementText(key: string, { operator, values }: Requirement): string {
  const [first] = values;
  if (operator === 'In' && values.size === 1) return `${key}=${first}`;
  const among = values.size === 0 ? '' : ` (${[...values].join(', ')})`;
  return `${key} ${operator}${among}`;
}

/**
 * Whether a selector certainly selects nothing that the other does not: each requirement of the other follows from one of its
 * own. False where that can't be told.
 */
export function selectsNoMore(selector: Selector, than: Selector): boolean {
  for (const [key, others] of than.requirements) {
    // More than one requirement on a key is rare: the first has to do.
    const [mine] = selector.requirements.get(key) ?? [];
    if (mine === undefined || !others.every((one) => follows(one, mine))) return false;
  }
  return true;
}

/** What another selector does to what is selected: the same, all of that and perhaps more, or who knows what. */
type SelectionChange = 'Same' | 'More' | 'Other';

/** Compares two selectors of a kind that select nothing where they are absent, as that of a PodDisruptionBudget does. */
export function selectionChange(from: unknown, to: unknown): SelectionChange {
  if (canonical(from) === canonical(to)) return 'Same';
  if (from === undefined) return 'More';
  if (to === undefined) return 'Other';
  const [before, after] = [readSelector(from), readSelector(to)];
  if (!selectsNoMore(before, after)) return 'Other';
  return selectsNoMore(after, before) ? 'Same' : 'More';
}

/** Whether what satisfies the premise satisfies the requirement, of the same key. */
function follows({ operator, values }: Requirement, premise: Requirement): boolean {
  switch (operator) {
    case 'In':
      return premise.operator === 'In' && premise.values.isSubsetOf(values);
    case 'NotIn':
      if (premise.operator === 'In') return premise.values.isDisjointFrom(values);
      return premise.operator === 'DoesNotExist' || (premise.operator === 'NotIn' && values.isSubsetOf(premise.values));
    case 'Exists':
      return premise.operator === 'Exists' || premise.operator === 'In';
    case 'DoesNotExist':
      return premise.operator === 'DoesNotExist';
    default:
      return false;
  }
}
