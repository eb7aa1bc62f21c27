import { isAbsolute, relative } from 'node:path';
import type { Position } from '../documents/position.ts';
import { STDIN } from '../documents/source-files.ts';
import { oneLine, withoutControls } from './printable.ts';

/** A remark beside a line of a file. */
export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly position: Position;
  readonly title: string;
  readonly message: string;
}

/** The remarks as workflow commands of GitHub Actions, a line each. Files are named from the folder that the command runs in. */
export function annotations(all: readonly Annotation[], cwd: string): string {
  return all.map((annotation) => `${commandOf(annotation, cwd)}\n`).join('');
}

function commandOf({ level, position, title, message }: Annotation, cwd: string): string {
  const { file, line, column } = position;
  const path = isAbsolute(file) ? relative(cwd, file) : file.replace(/^(\.\/)+/, '');
  // What came by the standard input stands in no file of the repository.
  const place = file === STDIN ? {} : { file: withoutControls(path), line: String(line), col: String(column) };
  const texts = Object.entries({ ...place, title: oneLine(title) }).map(
    ([name, value]) => `${name}=${escapedProperty(value)}`,
  );
  return `::${level} ${texts.join(',')}::${escaped(message.split('\n').map(oneLine).join('\n'))}`;
}

const escaped = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const escapedProperty = (text: string): string => escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
