import { keysOf, lengthOf } from './containers.ts';
import { CONVERSIONS } from './conversions.ts';
import { func, method, type Overload } from './overload.ts';
import { QUANTITY_FUNCTIONS } from './quantities.ts';
import { countCharacters, STRING_FUNCTIONS } from './strings.ts';
import { TIME_FUNCTIONS } from './times.ts';
import { Failure, Optional } from './values.ts';

const NO_VALUE = new Failure('the optional has no value');

const SIZES: readonly Overload[] = [func, method].flatMap((declare) => [
  declare('size', ['string'], 'int', ([text], budget) => BigInt(countCharacters(text, budget))),
  declare('size', ['list'], 'int', ([list]) => BigInt(lengthOf(list))),
  declare('size', ['map'], 'int', ([map], budget) => BigInt(keysOf(map, budget).length)),
]);

const OPTIONALS: readonly Overload[] = [
  func('optional.none', [], 'optional_type', () => Optional.none),
  func('optional.of', ['dyn'], 'optional_type', ([value]) => new Optional(value)),
  method('hasValue', ['optional_type'], 'bool', ([{ value }]) => value !== undefined),
  method('value', ['optional_type'], 'dyn', ([{ value }]) => (value === undefined ? NO_VALUE : value)),
];

/** All functions that can be called like any: macros and matches() are not among them. */
export const FUNCTIONS: readonly Overload[] = [
  ...SIZES,
  ...CONVERSIONS,
  ...STRING_FUNCTIONS,
  ...TIME_FUNCTIONS,
  ...QUANTITY_FUNCTIONS,
  ...OPTIONALS,
];

const BY_NAME: ReadonlyMap<string, readonly Overload[]> = Map.groupBy(FUNCTIONS, ({ name, isMethod, takes }) =>
  nameKey(name, isMethod, takes.length),
);

function nameKey(name: string, isMethod: boolean, count: number): string {
  return `${isMethod ? '.' : ''}${name}/${count}`;
}

/** The overloads of a function, or of a method whose first argument is what it is called on; none if there is no such function. */
export function overloadsOf(name: string, isMethod: boolean, count: number): readonly Overload[] {
  return BY_NAME.get(nameKey(name, isMethod, count)) ?? [];
}
