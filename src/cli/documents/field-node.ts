import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair } from 'yaml';
import type { AliasTargets } from './alias-targets.ts';
import { isMergeKey, offsetOf } from './yaml-value.ts';

/** Merge keys and aliases could lead in circles. */
const MAX_STEPS = 1_000;

/**
 * Returns where in the text a field stands, such as `spec.when[0].change.path`: its key, or the item of a list. Of a field that is
 * not there, the nearest that it would be in. Names may hold points, as in `metadata.labels.app.kubernetes.io/name`.
 */
export function offsetOfField(document: Document, targets: AliasTargets, field: string): number {
  let node = document.contents as Node | null;
  let offset = node === null ? 0 : offsetOf(node);
  let rest = field;
  for (let step = 0; step < MAX_STEPS && rest !== '' && node !== null; step++) {
    if (isAlias(node)) {
      node = targets.get(node) ?? null;
      continue;
    }
    const next = isSeq(node)
      ? itemOf(node.items, rest)
      : isMap(node)
        ? pairOf(targets, node.items as Entry[], rest)
        : undefined;
    if (next === undefined) break;
    ({ node, rest, offset } = next);
  }
  return offset;
}

type Entry = Pair<Node, Node | null>;

interface Step {
  readonly node: Node | null;
  readonly offset: number;
  /** What is left of the field. */
  readonly rest: string;
}

function itemOf(items: readonly unknown[], field: string): Step | undefined {
  const match = /^\[(\d{1,9})\]\.?/.exec(field);
  const item = match === null ? undefined : items[Number(match[1])];
  if (match === null || item === undefined) return undefined;
  return { node: item as Node | null, offset: offsetOf(item), rest: field.slice(match[0].length) };
}

/** The longest key wins: a label may be called like the beginning of another. */
function pairOf(targets: AliasTargets, pairs: readonly Entry[], field: string): Step | undefined {
  let found: Step | undefined;
  for (const { key, value } of pairs) {
    const step = isMergeKey(key) ? mergedPair(targets, value, field) : stepTo(key, value, field);
    if (step !== undefined && (found === undefined || step.rest.length < found.rest.length)) found = step;
  }
  return found;
}

function stepTo(key: Node, node: Node | null, field: string): Step | undefined {
  const name = isScalar(key) ? String(key.value) : undefined;
  if (name === undefined || !field.startsWith(name)) return undefined;
  const rest = field.slice(name.length);
  if (rest !== '' && rest[0] !== '.' && rest[0] !== '[') return undefined;
  return { node, offset: offsetOf(key), rest: rest.startsWith('.') ? rest.slice(1) : rest };
}

function mergedPair(targets: AliasTargets, value: Node | null, field: string): Step | undefined {
  const target = isAlias(value) ? targets.get(value) : value;
  const maps = isSeq(target) ? target.items.map((item) => (isAlias(item) ? targets.get(item) : item)) : [target];
  for (const map of maps) {
    const pairs = isMap(map) ? (map.items as Entry[]).filter(({ key }) => !isMergeKey(key)) : [];
    const step = pairOf(targets, pairs, field);
    if (step !== undefined) return step;
  }
  return undefined;
}
