import { type Alias, type Document, isAlias, isMap, isPair, isScalar, isSeq, type Node, type Pair } from 'yaml';
import type { AliasTargets } from './alias-targets.ts';
import { plainScalar } from './plain-scalar.ts';

/** Thrown for what is well-formed YAML, and no JSON. */
export class YamlValueError extends Error {
  /** Where it stands in the text. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** What aliases may bring in, in nodes. A few lines of them could stand for billions. */
const MAX_ALIASED_NODES = 100_000;

/** Nothing in a cluster is nested so deeply. */
const MAX_DEPTH = 500;

/** Tags that say what a scalar is to be taken for. */
const SCALAR_TAGS: Readonly<Record<string, ((text: string) => unknown) | undefined>> = {
  '!': (text) => text,
  'tag:yaml.org,2002:str': (text) => text,
  'tag:yaml.org,2002:int': (text) => only(plainScalar(text), (value) => Number.isInteger(value)),
  'tag:yaml.org,2002:float': (text) => only(plainScalar(text), (value) => typeof value === 'number'),
  'tag:yaml.org,2002:bool': (text) => only(plainScalar(text), (value) => typeof value === 'boolean'),
  'tag:yaml.org,2002:null': (text) => only(plainScalar(text), (value) => value === null),
};

const COLLECTION_TAGS = new Set(['!', 'tag:yaml.org,2002:map', 'tag:yaml.org,2002:seq']);

const only = (value: unknown, is: (value: unknown) => boolean): unknown => (is(value) ? value : undefined);

/**
 * Returns the JSON that a document stands for: aliases and merge keys resolved, keys as strings. Throws YamlValueError for keys
 * that stand twice, unknown tags, aliases that bring in too much, and numbers that JSON does not have.
 */
export function jsonOf(document: Document, targets: AliasTargets): unknown {
  return document.contents === null ? null : new Reader(targets).read(document.contents as Node, 0);
}

class Reader {
  readonly #targets: AliasTargets;
  #aliased = 0;
  #aliasDepth = 0;

  constructor(targets: AliasTargets) {
    this.#targets = targets;
  }

  read(node: Node | null, depth: number): unknown {
    if (node === null) return null;
    if (depth > MAX_DEPTH)
      throw new YamlValueError(`must not be nested deeper than ${MAX_DEPTH} levels`, offsetOf(node));
    if (this.#aliasDepth > 0 && ++this.#aliased > MAX_ALIASED_NODES) {
      throw new YamlValueError('must not bring in so much by aliases: write it out', offsetOf(node));
    }
    if (isAlias(node)) return this.#alias(node, (target) => this.read(target, depth + 1));
    if (isScalar(node)) return scalarOf(node);
    if (node.tag !== undefined && !COLLECTION_TAGS.has(node.tag)) throw unknownTag(node, node.tag);
    if (isSeq(node)) return node.items.map((item) => this.read(item as Node | null, depth + 1));
    if (isMap(node)) return this.#map(node.items as Pair<Node, Node | null>[], depth);
    throw new YamlValueError('must be an object, a list or a scalar', offsetOf(node));
  }

  #alias<T>(alias: Alias, use: (target: Node) => T): T {
    const target = this.#targets.get(alias);
    if (target === undefined)
      throw new YamlValueError(`there is no anchor &${alias.source} before it`, offsetOf(alias));
    this.#aliasDepth += 1;
    try {
      return use(target);
    } finally {
      this.#aliasDepth -= 1;
    }
  }

  #map(pairs: readonly Pair<Node, Node | null>[], depth: number): Record<string, unknown> {
    const own = new Map<string, unknown>();
    const merged = new Map<string, unknown>();
    for (const { key, value } of pairs) {
      if (isMergeKey(key)) {
        for (const [name, one] of this.#merge(value, depth + 1)) if (!merged.has(name)) merged.set(name, one);
        continue;
      }
      const name = this.#key(key);
      if (own.has(name))
        throw new YamlValueError(`the key ${JSON.stringify(name)} must not stand twice`, offsetOf(key));
      own.set(name, this.read(value, depth + 1));
    }
    // Not by assignment: "__proto__" is a key like any other.
    return Object.fromEntries([...[...merged].filter(([name]) => !own.has(name)), ...own]);
  }

  #key(node: Node): string {
    const key = isAlias(node) ? this.#alias(node, (target) => target) : node;
    const value = isScalar(key) ? scalarOf(key) : undefined;
    if (value === undefined || value === null) throw new YamlValueError('a key must be a string', offsetOf(node));
    return String(value);
  }

  /** What `<<: *anchor` or a list of such brings in; of those in a list, the first wins. */
  #merge(node: Node | null, depth: number): readonly [string, unknown][] {
    if (isSeq(node)) return node.items.flatMap((item) => this.#merge(item as Node | null, depth + 1));
    const value = this.read(node, depth);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new YamlValueError(
        '<< must be followed by an object, or by a list of objects',
        node === null ? 0 : offsetOf(node),
      );
    }
    return Object.entries(value);
  }
}

/** Whether a key brings in the keys of another object. */
export function isMergeKey(node: unknown): boolean {
  return isScalar(node) && node.type === 'PLAIN' && node.value === '<<' && node.tag === undefined;
}

function scalarOf(node: Node): unknown {
  if (!isScalar(node)) return undefined;
  const text = typeof node.value === 'string' ? node.value : '';
  const value = node.tag === undefined ? untagged(text, node.type) : tagged(text, node, node.tag);
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new YamlValueError('must be a number that JSON has', offsetOf(node));
  }
  return value;
}

const untagged = (text: string, type: string | undefined): unknown => (type === 'PLAIN' ? plainScalar(text) : text);

function tagged(text: string, node: Node, tag: string): unknown {
  const read = Object.hasOwn(SCALAR_TAGS, tag) ? SCALAR_TAGS[tag] : undefined;
  if (read === undefined) throw unknownTag(node, tag);
  const value = read(text);
  if (value === undefined) throw new YamlValueError(`must be as its tag ${tag} says`, offsetOf(node));
  return value;
}

const unknownTag = (node: Node, tag: string) =>
  new YamlValueError(`has the tag ${tag}, which has no meaning in Kubernetes: leave it out`, offsetOf(node));

/** Where a node stands in the text. */
export function offsetOf(node: unknown): number {
  if (isPair(node)) return offsetOf(node.key);
  return (node as Partial<Node> | null)?.range?.[0] ?? 0;
}
