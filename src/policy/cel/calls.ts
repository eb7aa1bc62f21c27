import { Budget } from './budget.ts';
import { overloadsOf } from './functions.ts';
import { compileLoop, isLoop } from './loops.ts';
import { placed } from './operators.ts';
import { mayTake, type Overload, takes } from './overload.ts';
import { compileMatches } from './patterns.ts';
import { type Evaluate, type Frame, type Node, positionAfter, positionOf, refusal, type Scope } from './program.ts';
import { compileBind, compileElse, compileHas } from './special-forms.ts';
import { Failure, type Kind, kindOf, type Result, type Value } from './values.ts';

/** A call as it is written. The first argument of a method is what it is called on. */
interface Call {
  readonly name: string;
  readonly isMethod: boolean;
  readonly args: readonly Node[];
  readonly position: number;
}

/** Compiles `name(...)`. */
export function compileCall(node: Node<'call'>, scope: Scope): Evaluate {
  const [name, args] = node.args;
  const position = positionOf(node);
  const [first, second] = args;
  if (name === 'has' && args.length === 1 && first !== undefined) return compileHas(node.range.start, first, scope);
  if (name === 'matches' && args.length === 2 && first !== undefined && second !== undefined) {
    return compileMatches(first, second, position, scope);
  }
  return compileFunction({ name, isMethod: false, args, position }, scope);
}

/** Compiles `receiver.name(...)`: a macro, a method, or a function whose name has a dot. */
export function compileMethod(node: Node<'rcall'>, scope: Scope): Evaluate {
  const [name, receiver, args] = node.args;
  const position = positionAfter(receiver, name, scope.program);
  const [first] = args;
  const space = receiver.op === 'id' && scope.local(receiver.args) === undefined ? receiver.args : '';
  if (space === 'cel' && name === 'bind') return compileBind(args, position, scope);
  if (space === 'optional')
    return compileFunction({ name: `optional.${name}`, isMethod: false, args, position }, scope);
  if (isLoop(name, args.length)) return compileLoop(node, scope);
  if (args.length === 1 && first !== undefined) {
    if (name === 'matches') return compileMatches(receiver, first, position, scope);
    if (name === 'or' || name === 'orValue') return compileElse(receiver, name, first, scope);
  }
  return compileFunction({ name, isMethod: true, args: [receiver, ...args], position }, scope);
}

function compileFunction({ name, isMethod, args, position }: Call, scope: Scope): Evaluate {
  const overloads = overloadsOf(name, isMethod, args.length);
  const given = args.length - Number(isMethod);
  if (overloads.length === 0) {
    throw refusal(`no function ${name}() with ${given} ${given === 1 ? 'argument' : 'arguments'}`, position);
  }
  const literals = args.map(literalKind);
  if (!overloads.some((overload) => mayTake(overload, literals))) {
    throw refusal(`${name}() does not take ${literals.filter((kind) => kind !== undefined).join(', ')}`, position);
  }
  const compiled = args.map((arg) => scope.compile(arg));
  const evaluate: Evaluate = (frame) => call(name, overloads, compiled, position, frame);
  return compiled.length === 0 || literals.includes(undefined) ? evaluate : constant(evaluate, position);
}

function call(
  name: string,
  overloads: readonly Overload[],
  args: readonly Evaluate[],
  position: number,
  frame: Frame,
): Result {
  const values: Value[] = [];
  for (const arg of args) {
    const value = arg(frame);
    if (value instanceof Failure) return value;
    values.push(value);
  }
  for (const overload of overloads) {
    if (!takes(overload, values)) continue;
    frame.budget.charge(overload.steps);
    return placed(overload.apply(values, frame.budget), position);
  }
  return new Failure(`${name}() does not take ${values.map(kindOf).join(', ')}`, position);
}

/** What never changes is found out once, and what never works is told at once. */
function constant(evaluate: Evaluate, position: number): Evaluate {
  const result = evaluate({ slots: [], budget: new Budget() });
  if (result instanceof Failure) throw refusal(result.reason, position);
  return () => result;
}

/** The kind of a literal, which may have a minus; undefined for anything else. */
function literalKind(node: Node): Kind | undefined {
  const { op, args } = node.op === '-_' ? node.args : node;
  return op === 'value' ? kindOf(args as Value) : undefined;
}
