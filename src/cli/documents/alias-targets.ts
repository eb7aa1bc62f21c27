import { type Alias, type Document, isAlias, isCollection, isNode, isPair } from 'yaml';

/** What each alias of a document stands for; one without an anchor is not there. */
export type AliasTargets = ReadonlyMap<Alias, Target>;

type Target = NonNullable<ReturnType<Alias['resolve']>>;

/**
 * Finds what aliases stand for: the latest anchor of their name before them. In one walk for all of them, since the library walks
 * the document again for each.
 */
export function aliasTargets(document: Document): AliasTargets {
  const anchors = new Map<string, Target>();
  const targets = new Map<Alias, Target>();
  const waiting: unknown[] = [document.contents];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target !== undefined) targets.set(node, target);
    } else if (isPair(node)) {
      waiting.push(node.value ?? null, node.key);
    } else if (isNode(node)) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
      if (isCollection(node)) for (const item of node.items.toReversed()) waiting.push(item ?? null);
    }
  }
  return targets;
}
