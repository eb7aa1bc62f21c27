import type { Budget } from './budget.ts';
import { isList, isMap, keysOf } from './containers.ts';
import { notBoolean, notTaken } from './operators.ts';
import { type Evaluate, type Frame, type Node, positionOf, refusal, type Scope, startOf } from './program.ts';
import { Failure, fromJson, List, type Result, type Value } from './values.ts';

/** Loops inside of each other. */
const MAX_LOOPS = 2;

/** What each node of a loop's body costs each time. */
const STEPS_A_NODE = 3;

/** What a loop goes over: the items of a list, or the keys of a map. */
interface Items {
  readonly items: readonly unknown[];
  /** Whether they are still to be read as JSON. */
  readonly areJson: boolean;
}

/** The turns of a loop in one evaluation. */
class Turns {
  readonly count: number;
  readonly #items: Items;
  readonly #slot: number;
  readonly #steps: number;
  readonly #frame: Frame;

  constructor(items: Items, slot: number, steps: number, frame: Frame) {
    this.count = items.items.length;
    this.#items = items;
    this.#slot = slot;
    this.#steps = steps;
    this.#frame = frame;
  }

  /** Gives the loop's variable its value for a turn, and returns it. */
  enter(turn: number): Value {
    const { items, areJson } = this.#items;
    this.#frame.budget.charge(this.#steps);
    const item = areJson ? (fromJson(items[turn]) ?? null) : (items[turn] as Value);
    this.#frame.slots[this.#slot] = item;
    return item;
  }
}

type Loop = (turns: Turns, frame: Frame) => Result;

/** The macros by name and number of arguments. They get the arguments after the variable, each with its node. */
const MACROS: ReadonlyMap<string, (first: Body, second: Body) => Loop> = new Map([
  ['all/2', (predicate: Body) => quantifier(condition(predicate), false)],
  ['exists/2', (predicate: Body) => quantifier(condition(predicate), true)],
  ['exists_one/2', (predicate: Body) => exactlyOne(condition(predicate))],
  ['filter/2', (predicate: Body) => gather(condition(predicate), undefined)],
  ['map/2', (transform: Body) => gather(undefined, transform.evaluate)],
  ['map/3', (predicate: Body, transform: Body) => gather(condition(predicate), transform.evaluate)],
]);

interface Body {
  readonly evaluate: Evaluate;
  readonly position: number;
}

/** Whether a method of that name, with so many arguments, is a loop. */
export function isLoop(name: string, count: number): boolean {
  return MACROS.has(`${name}/${count}`);
}

/** Compiles all, exists, exists_one, filter and map. */
export function compileLoop(node: Node<'rcall'>, scope: Scope): Evaluate {
  const [name, rangeNode, [variable, ...bodyNodes]] = node.args;
  const position = positionOf(node);
  if (scope.loops >= MAX_LOOPS) throw refusal(`more than ${MAX_LOOPS} loops inside of each other`, position);
  const range = scope.compile(rangeNode);
  const slot = scope.program.newSlot();
  const { bodies, steps } = compileBodies(bodyNodes, variable, slot, scope);
  const [first, second = first] = bodies;
  const macro = MACROS.get(`${name}/${node.args[2].length}`);
  if (macro === undefined || first === undefined || second === undefined) throw refusal(`no macro ${name}()`, position);
  const loop = macro(first, second);
  return (frame) => {
    const over = range(frame);
    if (over instanceof Failure) return over;
    const items = itemsOver(over, frame.budget);
    return items === undefined ? notTaken(name, [over], position) : loop(new Turns(items, slot, steps, frame), frame);
  };
}

/** Compiles what is done in each turn, and counts what that costs. Loops in it charge for themselves. */
function compileBodies(nodes: readonly Node[], variable: Node | undefined, slot: number, scope: Scope) {
  const { program } = scope;
  const outside = program.nodes;
  const inner = scope.with(variable?.op === 'id' ? variable.args : '', slot, scope.loops + 1);
  const bodies = nodes.map((node): Body => ({ evaluate: inner.compile(node), position: startOf(node) }));
  const steps = (program.nodes - outside + 1) * STEPS_A_NODE;
  program.nodes = outside;
  return { bodies, steps };
}

function itemsOver(over: Value, budget: Budget): Items | undefined {
  if (over instanceof List) return { items: over.items, areJson: false };
  if (isList(over)) return { items: over, areJson: true };
  return isMap(over) ? { items: keysOf(over, budget), areJson: false } : undefined;
}

/** A body that must be true or false. */
function condition({ evaluate, position }: Body): Evaluate {
  return (frame) => {
    const result = evaluate(frame);
    return typeof result === 'boolean' || result instanceof Failure ? result : notBoolean(result, position);
  };
}

/** all and exists: one turn can decide, and does so even after others failed. */
function quantifier(holds: Evaluate, deciding: boolean): Loop {
  return (turns, frame) => {
    let failure: Failure | undefined;
    for (let turn = 0; turn < turns.count; turn += 1) {
      turns.enter(turn);
      const result = holds(frame);
      if (result === deciding) return deciding;
      if (result instanceof Failure) failure ??= result;
    }
    return failure ?? !deciding;
  };
}

function exactlyOne(holds: Evaluate): Loop {
  return (turns, frame) => {
    let count = 0;
    for (let turn = 0; turn < turns.count; turn += 1) {
      turns.enter(turn);
      const result = holds(frame);
      if (result instanceof Failure) return result;
      if (result === true) count += 1;
    }
    return count === 1;
  };
}

/** filter and map: the items that hold, or what is made of them. */
function gather(holds: Evaluate | undefined, transform: Evaluate | undefined): Loop {
  return (turns, frame) => {
    const gathered: Value[] = [];
    for (let turn = 0; turn < turns.count; turn += 1) {
      const item = turns.enter(turn);
      const result = holds?.(frame) ?? true;
      if (result instanceof Failure) return result;
      if (result !== true) continue;
      const made = transform === undefined ? item : transform(frame);
      if (made instanceof Failure) return made;
      gathered.push(made);
    }
    return new List(gathered);
  };
}
