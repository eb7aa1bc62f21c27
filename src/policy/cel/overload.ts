import type { Budget } from './budget.ts';
import type { AnyList, AnyMap } from './containers.ts';
import {
  type Duration,
  type Kind,
  kindOf,
  type Optional,
  type Quantity,
  type Result,
  type Timestamp,
  type TypeName,
  type Value,
} from './values.ts';

interface ValueOfKind {
  null_type: null;
  bool: boolean;
  int: bigint;
  double: number;
  string: string;
  list: AnyList;
  map: AnyMap;
  type: TypeName;
  optional_type: Optional;
  'google.protobuf.Timestamp': Timestamp;
  'google.protobuf.Duration': Duration;
  'kubernetes.Quantity': Quantity;
  /** Any kind. */
  dyn: Value;
}

/** What a function can say that it takes or gives. */
export type Parameter = keyof ValueOfKind;

type ValuesOf<Takes extends readonly Parameter[]> = { readonly [I in keyof Takes]: ValueOfKind[Takes[I]] };

/** One way to call a function: for some kinds of arguments. */
export interface Overload {
  readonly name: string;
  /** Whether it is called on its first argument: `text.size()`, not `size(text)`. */
  readonly isMethod: boolean;
  readonly takes: readonly Parameter[];
  readonly gives: Parameter;
  /** What a call costs, beyond what goes with the length of its arguments: `apply` charges that itself. */
  readonly steps: number;
  /** Called with values of the kinds that it takes. Failures need no position: the call adds it. */
  readonly apply: (values: readonly Value[], budget: Budget) => Result;
}

/** What most calls cost. */
const STEPS_A_CALL = 10;

/** Declares a function: `steps` is what a call costs whatever it is given. */
export function func<const Takes extends readonly Parameter[]>(
  name: string,
  takes: Takes,
  gives: Parameter,
  apply: (values: ValuesOf<Takes>, budget: Budget) => Result,
  steps = STEPS_A_CALL,
): Overload {
  return { name, isMethod: false, takes, gives, steps, apply: apply as Overload['apply'] };
}

/** Declares a method: the first of what it takes is what it is called on. */
export function method<const Takes extends readonly Parameter[]>(
  name: string,
  takes: Takes,
  gives: Parameter,
  apply: (values: ValuesOf<Takes>, budget: Budget) => Result,
  steps = STEPS_A_CALL,
): Overload {
  return { ...func(name, takes, gives, apply, steps), isMethod: true };
}

/** Whether an overload takes values. */
export function takes(overload: Overload, values: readonly Value[]): boolean {
  // A loop over entries() would take longer than all else that a call does.
  for (let index = 0; index < values.length; index += 1) {
    const parameter = overload.takes[index];
    if (parameter !== 'dyn' && kindOf(values[index] ?? null) !== parameter) return false;
  }
  return true;
}

/** Whether it may take arguments of some kinds. undefined stands for a kind that is not known yet. */
export function mayTake(overload: Overload, kinds: readonly (Kind | undefined)[]): boolean {
  return kinds.every((kind, index) => {
    const parameter = overload.takes[index];
    return kind === undefined || parameter === 'dyn' || parameter === kind;
  });
}
