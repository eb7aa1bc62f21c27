import { readFileSync } from 'node:fs';
import { Budget } from '../../../../../src/policy/cel/budget.ts';
import { isList, isMap, itemsOf, keysOf, lookUp } from '../../../../../src/policy/cel/containers.ts';
import { compileExpression } from '../../../../../src/policy/cel/expression.ts';
import {
  Duration,
  Failure,
  kindOf,
  Optional,
  Quantity,
  type Result,
  Timestamp,
  TypeName,
  type Value,
} from '../../../../../src/policy/cel/values.ts';
import { PolicySyntaxError } from '../../../../../src/policy/field-error.ts';

/** The variables of an expression, by their names. */
export type Variables = Readonly<Record<string, unknown>>;

interface Corpus {
  readonly kubernetes: string;
  readonly inputs: Readonly<Record<string, Variables>>;
  readonly cases: readonly {
    readonly input: string;
    readonly expression: string;
    readonly result: { readonly type?: string; readonly value?: string; readonly error?: 'compile' | 'runtime' };
  }[];
}

const FILE = new URL('../../../../corpus/cel/cases.json', import.meta.url);

/** What cel-go made of the expressions: scripts/cel-corpus writes it. */
export const corpus: Corpus = JSON.parse(readFileSync(FILE, 'utf8'));

/** What became of an expression: `refused`, `no value`, or the type and the value. */
export type Outcome = string;

/** What cel-go makes of a case. */
export function theirs({ type, value, error }: Corpus['cases'][number]['result']): Outcome {
  if (error === undefined) return `${type} ${value}`;
  return error === 'compile' ? 'refused' : 'no value';
}

/** What we make of an expression. */
export function ours(expression: string, variables: Variables): Outcome {
  const result = evaluate(expression, variables);
  if (typeof result === 'string') return 'refused';
  return result.value instanceof Failure ? 'no value' : `${kindOf(result.value)} ${valueText(result.value)}`;
}

/** Compiles and evaluates. Returns the text of the refusal if it does not compile. */
export function evaluate(expression: string, variables: Variables): { readonly value: Result } | string {
  try {
    const { reads, evaluate: run } = compileExpression(expression);
    return { value: run(reads.map((name) => variables[name])) };
  } catch (error) {
    if (!(error instanceof PolicySyntaxError)) throw error;
    return error.message;
  }
}

/** A value as the corpus writes it: equal values have equal texts. */
function valueText(value: Value): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return numberText(value);
  if (value === null || typeof value !== 'object') return String(value);
  if (isList(value)) return `[${itemsOf(value, new Budget()).map(valueText).join(', ')}]`;
  if (isMap(value)) {
    const entries = keysOf(value, new Budget()).map(
      (key) => `${valueText(key)}: ${valueText(lookUp(value, key, new Budget()) ?? null)}`,
    );
    return `{${entries.sort().join(', ')}}`;
  }
  if (value instanceof Optional) return value.value === undefined ? 'none' : `of ${valueText(value.value)}`;
  if (value instanceof TypeName) return value.name;
  if (value instanceof Duration) return `${value.nanoseconds}ns`;
  if (value instanceof Timestamp) return timestampText(value.nanoseconds);
  return value instanceof Quantity ? decimal(value.billionths) : 'unknown';
}

function numberText(value: number): string {
  if (Math.abs(value) === Number.POSITIVE_INFINITY) return value > 0 ? '+Inf' : '-Inf';
  return Object.is(value, -0) ? '-0' : String(value);
}

function timestampText(nanoseconds: bigint): string {
  const second = ((nanoseconds % BILLION) + BILLION) % BILLION;
  const seconds = new Date(Number((nanoseconds - second) / 1_000_000n)).toISOString().slice(0, 19);
  return `${seconds}${decimal(second).slice(1)}Z`;
}

const BILLION = 1_000_000_000n;

function decimal(billionths: bigint): string {
  const magnitude = billionths < 0n ? -billionths : billionths;
  const fraction = String(magnitude % BILLION)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${billionths < 0n ? '-' : ''}${magnitude / BILLION}${fraction === '' ? '' : `.${fraction}`}`;
}
