import { parseArgs } from 'node:util';
import { UsageError } from './command.ts';
import { didYouMean } from './did-you-mean.ts';

/** One flag. */
export interface Flag {
  /** Its one-letter form. */
  readonly short?: string;
  /** What its value is called in help texts; a flag without it is a switch. */
  readonly value?: string;
  /** Whether it can be given more than once, for a list. */
  readonly isList?: true;
  /** The only values that it can have. */
  readonly choices?: readonly string[];
  /** Whether its value is a file or folder. */
  readonly isPath?: true;
  /** What it is for, in a few words. */
  readonly help: string;
}

/** Flags by their long names. */
export type Flags = Readonly<Record<string, Flag>>;

/** What flags were given. */
export type FlagValues<F extends Flags> = {
  readonly [Name in keyof F]: F[Name] extends { readonly value: string }
    ? F[Name] extends { readonly isList: true }
      ? readonly string[]
      : string | undefined
    : boolean;
};

/** The arguments of a command, taken apart. */
export interface Arguments<F extends Flags> {
  readonly flags: FlagValues<F>;
  readonly operands: readonly string[];
}

type Token = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number];
type OptionToken = Extract<Token, { readonly kind: 'option' }>;

/**
 * Takes arguments apart. Of a flag that is given twice and takes no list, the last counts. Throws UsageError for the first
 * that is wrong; `command` is whose help to read then.
 */
export function parseArguments<F extends Flags>(command: string, flags: F, argv: readonly string[]): Arguments<F> {
  const values: Record<string, boolean | string | string[] | undefined> = {};
  for (const [name, { value, isList }] of Object.entries<Flag>(flags)) {
    values[name] = value === undefined ? false : isList ? [] : undefined;
  }
  const operands: string[] = [];
  for (const token of tokensOf(flags, argv)) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const value = checkedValue(command, flags, token);
    const list = values[token.name];
    if (Array.isArray(list)) list.push(String(value));
    else values[token.name] = value;
  }
  return { flags: values as FlagValues<F>, operands };
}

/** Throws UsageError if there are operands, for commands that take none. */
export function refuseOperands(command: string, operands: readonly string[]): void {
  const [first] = operands;
  if (first !== undefined) throw new UsageError(`unexpected argument "${first}". ${seeHelp(command)}`);
}

/** Where to read more. */
export function seeHelp(command: string): string {
  return `See "guardrails ${command} --help".`;
}

function tokensOf(flags: Flags, argv: readonly string[]): readonly Token[] {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { short, value }]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const), ...(short !== undefined && { short }) },
    ]),
  );
  return parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

function checkedValue(
  command: string,
  flags: Flags,
  { name, rawName, value, inlineValue }: OptionToken,
): boolean | string {
  const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
  if (flag === undefined) {
    const known = Object.keys(flags).map((one) => `--${one}`);
    throw new UsageError(`unknown flag ${rawName}${didYouMean(rawName, known)} ${seeHelp(command)}`);
  }
  if (flag.value === undefined) {
    if (value !== undefined) throw new UsageError(`${rawName} is a switch, and takes no value. ${seeHelp(command)}`);
    return true;
  }
  if (value === undefined)
    throw new UsageError(`${rawName} must have a value: ${rawName} ${flag.value}. ${seeHelp(command)}`);
  if (!inlineValue && value.length > 1 && value.startsWith('-')) {
    throw new UsageError(`${rawName} must have a value; one that begins with "-" is written --${name}=${value}`);
  }
  if (flag.choices !== undefined && !flag.choices.includes(value)) {
    const choices = flag.choices.join(', ');
    throw new UsageError(`--${name} must be one of ${choices}, not "${value}"${didYouMean(value, flag.choices)}`);
  }
  return value;
}
