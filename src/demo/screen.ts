import type { Writable } from 'node:stream';

const CODES = { bold: 1, dim: 2, red: 31, green: 32, cyan: 36 } as const;

/** Writes text for people: in colour on a terminal, plain elsewhere. */
export class Screen {
  readonly #stream: Writable & { readonly isTTY?: boolean };
  readonly #isColoured: boolean;

  constructor(stream: Writable & { readonly isTTY?: boolean }, env: Readonly<Record<string, string | undefined>>) {
    this.#stream = stream;
    this.#isColoured = stream.isTTY === true && !env.NO_COLOR;
  }

  /** Writes a line, or an empty one. */
  line(text = '', style?: keyof typeof CODES): void {
    const styled = style !== undefined && this.#isColoured ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text;
    this.#stream.write(`${styled}\n`);
  }
}
