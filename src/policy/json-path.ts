import { JSONPath } from 'jsonpath-plus';
import type { Change } from './decision.ts';
import { keySegment } from './diff.ts';
import { EvaluationError } from './evaluation-context.ts';
import { PolicySyntaxError } from './field-error.ts';
import { isObject, own } from './json.ts';
import { alignLists } from './named-list.ts';

/** One step of a simple path. */
export type Step =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all' };

/** A compiled JSONPath. */
export interface JsonPath {
  readonly text: string;
  /** The first keys of the path, up to the first step that is none: what the path certainly reads. */
  readonly keys: readonly string[];
  /** Whether the path consists of names, indices, quoted keys and `*` alone. */
  readonly isSimple: boolean;
  /**
   * The values at the path. A simple path yields undefined where an item that `*` names, or the whole path, lacks the value.
   * Others yield only what is there.
   */
  values(root: unknown): unknown[];
}

/** Old and new value at one place that a path names. */
export interface PathPair extends Change {
  /** Whether the objects, and the items of all lists on the way, are there both before and after. */
  readonly isShared: boolean;
}

/** A compiled simple path, which can be followed in two objects at once. */
export interface SimpleJsonPath extends JsonPath {
  readonly steps: readonly Step[];
  /** Old and new value at each place that the path names in either object. Items of lists are paired by name. */
  pairs(from: unknown, to: unknown): PathPair[];
}

const NAME = /[A-Za-z_][\w-]*/y;
const INDEX = /\d{1,6}/y;
const QUOTED = /'([^'\\]*)'|"([^"\\]*)"/y;
/** Slices and unions of indices: [0:2], [-1:], [0,1]. */
const SLICE_OR_UNION = /(?:-?\d{1,6})?:(?:-?\d{1,6})?(?::[1-9]\d{0,5})?|\d{1,6}(?:,\d{1,6})+/y;

/** Keys that the library reads as they are: it gives `^`, `~`, `*`, `$` and others a meaning even in quotes. */
const PLAIN_KEY = /^\w[\w ./:-]*$/;

/**
 * Compiles a JSONPath. The grammar: `$`, then `.name`, `['key']`, `[0]`, `[*]`, `.*`, slices, unions and one `..name`.
 * Filters, scripts, `^`, `~` and everything else are refused. Throws PolicySyntaxError with the position.
 */
export function compileJsonPath(text: string): JsonPath {
  const { steps, keys } = parse(text);
  return steps === undefined ? throughLibrary(text, keys) : new SimplePath(text, steps, keys);
}

/** As compileJsonPath, for where a path is followed in two objects at once. Throws PolicySyntaxError for `..`, slices and unions too. */
export function compileSimpleJsonPath(text: string): SimpleJsonPath {
  const { steps, keys } = parse(text);
  if (steps === undefined) throw new PolicySyntaxError('must consist of names, indices, quoted keys and * alone here');
  return new SimplePath(text, steps, keys);
}

class Scanner {
  readonly text: string;
  position = 0;

  constructor(text: string) {
    this.text = text;
  }

  get atEnd(): boolean {
    return this.position >= this.text.length;
  }

  take(token: string): boolean {
    if (!this.text.startsWith(token, this.position)) return false;
    this.position += token.length;
    return true;
  }

  match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.position;
    const match = pattern.exec(this.text);
    if (match === null) return undefined;
    this.position = pattern.lastIndex;
    return match;
  }

  fail(expected: string): never {
    throw new PolicySyntaxError(
      `must be a JSONPath such as $.spec.replicas: expected ${expected} at position ${this.position + 1}`,
    );
  }
}

/** Returns the steps, or undefined steps where the path is well formed but not simple. */
function parse(text: string): { steps: readonly Step[] | undefined; keys: readonly string[] } {
  const scanner = new Scanner(text);
  const steps: Step[] = [];
  let isSimple = true;
  let hasDescent = false;
  if (!scanner.take('$')) scanner.fail('$');
  while (!scanner.atEnd) {
    if (scanner.take('..')) {
      // Each further one multiplies the work by the depth of an object, which its author chooses.
      if (hasDescent) throw new PolicySyntaxError('must not have more than one ..');
      if (scanner.match(NAME) === undefined) scanner.fail('a name after ..');
      hasDescent = true;
      isSimple = false;
    } else if (scanner.take('.')) {
      steps.push(afterDot(scanner));
    } else if (scanner.take('[')) {
      const step = inBrackets(scanner);
      if (step === undefined) isSimple = false;
      else steps.push(step);
      if (!scanner.take(']')) scanner.fail(']');
    } else {
      scanner.fail('. or [');
    }
    if (!isSimple) steps.push({ kind: 'all' });
  }
  if (!isSimple && steps.some((step) => step.kind === 'key' && !PLAIN_KEY.test(step.key))) {
    throw new PolicySyntaxError(
      'must have keys of letters, digits, spaces and _ . / : - alone beside .., slices and unions',
    );
  }
  return { steps: isSimple ? steps : undefined, keys: leadingKeys(steps) };
}

function afterDot(scanner: Scanner): Step {
  if (scanner.take('*')) return { kind: 'all' };
  const name = scanner.match(NAME);
  return name === undefined ? scanner.fail('a name or *') : { kind: 'key', key: name[0] };
}

function inBrackets(scanner: Scanner): Step | undefined {
  if (scanner.take('*')) return { kind: 'all' };
  if (scanner.match(SLICE_OR_UNION) !== undefined) return undefined;
  const quoted = scanner.match(QUOTED);
  if (quoted !== undefined) return { kind: 'key', key: quoted[1] ?? quoted[2] ?? '' };
  const index = scanner.match(INDEX);
  if (index !== undefined) return { kind: 'index', index: Number(index[0]) };
  return scanner.fail('*, an index, a quoted key, a slice or a union');
}

function leadingKeys(steps: readonly Step[]): string[] {
  const keys: string[] = [];
  for (const step of steps) {
    if (step.kind !== 'key') break;
    keys.push(step.key);
  }
  return keys;
}

class SimplePath implements SimpleJsonPath {
  readonly text: string;
  readonly keys: readonly string[];
  readonly isSimple = true;
  readonly steps: readonly Step[];

  constructor(text: string, steps: readonly Step[], keys: readonly string[]) {
    this.text = text;
    this.steps = steps;
    this.keys = keys;
  }

  values(root: unknown): unknown[] {
    let current: unknown[] = [root ?? undefined];
    for (const step of this.steps) {
      current = step.kind === 'all' ? current.flatMap(children) : current.map((value) => child(value, step));
    }
    return current;
  }

  pairs(from: unknown, to: unknown): PathPair[] {
    let current: PathPair[] = [pairOf({ path: '$', from: from ?? undefined, to: to ?? undefined }, true)];
    for (const step of this.steps) {
      current = step.kind === 'all' ? allChildPairs(current) : current.map((pair) => childPair(pair, step));
    }
    return current;
  }
}

function child(value: unknown, step: Exclude<Step, { kind: 'all' }>): unknown {
  if (step.kind === 'key') return own(value, step.key);
  return Array.isArray(value) ? (value[step.index] ?? undefined) : undefined;
}

function children(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.map((item) => item ?? undefined);
  return isObject(value) ? Object.values(value).map((item) => item ?? undefined) : [];
}

/** A pair that stands in both: the pair of an object, or of an item of a list. */
const pairOf = (change: Change, isShared: boolean): PathPair => ({
  ...change,
  isShared: isShared && change.from !== undefined && change.to !== undefined,
});

function childPair({ path, from, to, isShared }: PathPair, step: Exclude<Step, { kind: 'all' }>): PathPair {
  if (step.kind === 'key') {
    return { path: path + keySegment(step.key), from: child(from, step), to: child(to, step), isShared };
  }
  return pairOf({ path: `${path}[${step.index}]`, from: child(from, step), to: child(to, step) }, isShared);
}

/** Into one list, since there can be a hundred thousand pairs with one child each. */
function allChildPairs(parents: readonly PathPair[]): PathPair[] {
  const children: PathPair[] = [];
  for (const parent of parents) {
    if (Array.isArray(parent.from) || Array.isArray(parent.to)) addItems(parent, children);
    else addKeys(parent, children);
  }
  return children;
}

function addItems({ path, from, to, isShared }: PathPair, into: PathPair[]): void {
  const items = alignLists(Array.isArray(from) ? from : [], Array.isArray(to) ? to : []);
  for (const item of items) {
    into.push(
      pairOf({ path: `${path}[${item.label}]`, from: item.from ?? undefined, to: item.to ?? undefined }, isShared),
    );
  }
}

function addKeys({ path, from, to, isShared }: PathPair, into: PathPair[]): void {
  const add = (key: string) =>
    into.push({ path: path + keySegment(key), from: own(from, key), to: own(to, key), isShared });
  if (isObject(from)) for (const key of Object.keys(from)) add(key);
  if (isObject(to)) for (const key of Object.keys(to)) if (!isObject(from) || !Object.hasOwn(from, key)) add(key);
}

/** Slices, unions and `..` are rare enough to leave them to the library. eval is off: nothing in a path is ever run. */
function throughLibrary(text: string, keys: readonly string[]): JsonPath {
  return {
    text,
    keys,
    isSimple: false,
    values: (root) => (isObject(root) ? search(text, root) : []),
  };
}

function search(path: string, json: object): unknown[] {
  try {
    return JSONPath({ path, json, eval: false, wrap: true }) as unknown[];
  } catch (error) {
    // It calls itself for every level of an object, of which a stranger chooses the number.
    if (error instanceof RangeError) throw new EvaluationError(`it is nested too deep for the path ${path}`);
    throw error;
  }
}
