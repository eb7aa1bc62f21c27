/** A place in a file, both counted from 1. */
export interface Position {
  /** The file as it was named, or "-" for the standard input. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The start of a file, for what is wrong with all of it. */
export function startOf(file: string): Position {
  return { file, line: 1, column: 1 };
}

/** A place as compilers write it, file:line:column, which terminals and editors can follow. */
export function positionText({ file, line, column }: Position): string {
  return `${file}:${line}:${column}`;
}
