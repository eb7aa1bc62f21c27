import type { CommandIo } from '../command.ts';

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

/** What stands out on a terminal. */
export type Style = keyof typeof CODES;

/** Puts a text in a style, where there are styles. */
export type Paint = (text: string, style: Style) => string;

/** Leaves texts as they are. */
export const PLAIN: Paint = (text) => text;

/** Colours on a terminal, none elsewhere, nor where the user wants none. */
export function paintFor({ stdout, env }: Pick<CommandIo, 'stdout' | 'env'>, isRefused: boolean): Paint {
  if (isRefused || stdout.isTTY !== true || env.NO_COLOR || env.TERM === 'dumb') return PLAIN;
  return (text, style) => `\u001b[${CODES[style]}m${text}\u001b[0m`;
}
