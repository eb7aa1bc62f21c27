import type { ASTNode, ASTOperator, BinaryOperator, SourceRange } from '@marcbachmann/cel-js';
import { PolicySyntaxError } from '../field-error.ts';
import type { Budget } from './budget.ts';
import type { Result } from './values.ts';
import type { Variable } from './variables.ts';

/** A node of the parsed expression. */
export type Node<Op extends ASTOperator = ASTOperator> = Extract<ASTNode, { readonly op: Op }>;

/** The operators with two operands, but && and ||. */
export type Binary = BinaryOperator;

/** What one evaluation works on. */
export interface Frame {
  /** The values of variables, each at its slot. */
  readonly slots: Result[];
  readonly budget: Budget;
}

/** A compiled node. */
export type Evaluate = (frame: Frame) => Result;

/** What is gathered while an expression is compiled. */
export class Program {
  readonly source: string;
  /** The source with blanks in place of strings and comments: what is found in it is code. */
  readonly code: string;
  /** The variables that the expression reads, with their slots. */
  readonly reads = new Map<Variable, number>();
  /** Where has() stands, counted from 0. */
  readonly presenceTests: number[] = [];
  /** The nodes compiled so far that no inner loop charges for. */
  nodes = 0;
  /** The regular expressions so far. */
  patterns = 0;
  #slots = 0;

  constructor(source: string, root: Node) {
    this.source = source;
    this.code = stringsIn(root)
      .reduce((text, range) => blank(text, range), source)
      .replaceAll(/\/\/.*/g, (comment) => ' '.repeat(comment.length));
  }

  get slotCount(): number {
    return this.#slots;
  }

  newSlot(): number {
    this.#slots += 1;
    return this.#slots - 1;
  }

  /** The slot of a variable that the expression reads. */
  slotOf(variable: Variable): number {
    const slot = this.reads.get(variable) ?? this.newSlot();
    this.reads.set(variable, slot);
    return slot;
  }
}

function stringsIn(part: unknown): readonly SourceRange[] {
  if (Array.isArray(part)) return part.flatMap(stringsIn);
  if (typeof part !== 'object' || part === null || !('op' in part)) return [];
  const { op, args, range } = part as Node;
  if (op === 'value') return typeof args === 'string' ? [range] : [];
  return stringsIn(args);
}

function blank(text: string, { start, end }: SourceRange): string {
  return `${text.slice(0, start)}${' '.repeat(end - start)}${text.slice(end)}`;
}

/** Where a node stands: which local variables can be read there, and how many loops are around it. */
export class Scope {
  readonly program: Program;
  readonly loops: number;
  readonly #locals: ReadonlyMap<string, number>;
  readonly #compile: (node: Node, scope: Scope) => Evaluate;

  constructor(
    program: Program,
    compile: (node: Node, scope: Scope) => Evaluate,
    locals: ReadonlyMap<string, number> = new Map(),
    loops = 0,
  ) {
    this.program = program;
    this.loops = loops;
    this.#locals = locals;
    this.#compile = compile;
  }

  compile(node: Node): Evaluate {
    return this.#compile(node, this);
  }

  /** The slot of a local variable; undefined if there is none of that name. */
  local(name: string): number | undefined {
    return this.#locals.get(name);
  }

  /** The scope in which a further local variable can be read. */
  with(name: string, slot: number, loops = this.loops): Scope {
    return new Scope(this.program, this.#compile, new Map([...this.#locals, [name, slot]]), loops);
  }
}

/** The error that an expression can't be accepted, with its place counted from 1. */
export function refusal(what: string, position: number): PolicySyntaxError {
  return new PolicySyntaxError(`must be a CEL expression: ${what} at position ${position}`);
}

/** Where a node stands, counted from 1: the reading of a field at its name, anything else where it begins. */
export function positionOf(node: Node): number {
  return node.pos + 1;
}

/** Where a node begins, counted from 1. */
export function startOf(node: Node): number {
  return node.range.start + 1;
}

/** Where a word stands that comes after a node: an operator, or the name of a method. */
export function positionAfter(node: Node, word: string, { code }: Program): number {
  const found = code.indexOf(word, node.range.end);
  return found < 0 ? positionOf(node) : found + 1;
}
