import { Composer, type Document, LineCounter, Parser, type YAMLParseError } from 'yaml';
import { aliasTargets } from './alias-targets.ts';
import { offsetOfField } from './field-node.ts';
import type { Position } from './position.ts';
import type { Problem } from './problem.ts';
import { jsonOf, YamlValueError } from './yaml-value.ts';

/** One document of a file. */
export interface SourceDocument {
  readonly file: string;
  /** The JSON that it stands for. */
  readonly value: unknown;
  /** Where a field stands, such as `spec.when[0].change.path`; "" for the document. Of one that is not there, what it would be in. */
  at(field: string): Position;
}

/** What a text holds. */
export interface ParsedText {
  readonly documents: readonly SourceDocument[];
  /** Why some of it could not be read. What stands before is among the documents. */
  readonly problems: readonly Problem[];
}

/** Scalars are told by plainScalar, and keys that stand twice by jsonOf: the library's own search for them is quadratic. */
const OPTIONS = { schema: 'failsafe', resolveKnownTags: false, uniqueKeys: false, prettyErrors: false } as const;

/** How the library's errors are told, where its own words are not those that help. */
const WORDS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'must be indented by spaces: there is a tab',
  BAD_INDENT: 'is indented otherwise than what stands beside it',
  RESOURCE_EXHAUSTION: 'it is nested too deeply',
  MULTIPLE_DOCS: 'must be a document of its own: put --- before it',
};

/** Reads the documents of a YAML or JSON text. Empty ones are left out. Never throws. */
export function parseDocuments(file: string, text: string): ParsedText {
  const lines = new LineCounter();
  const documents: SourceDocument[] = [];
  const problems: Problem[] = [];
  const positionOf = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const composer = new Composer(OPTIONS);
  try {
    for (const document of composer.compose(new Parser(lines.addNewLine).parse(text), false, text.length)) {
      const [error] = document.errors;
      if (error === undefined) addDocument(document);
      else problems.push({ position: positionOf(error.pos[0]), message: `is no YAML: ${wordsOf(error)}` });
    }
  } catch (error) {
    problems.push(problemOf(error));
  }
  return { documents, problems };

  function addDocument(document: Document): void {
    try {
      const targets = aliasTargets(document);
      const value = jsonOf(document, targets);
      if (value === null) return;
      documents.push({ file, value, at: (field) => positionOf(offsetOfField(document, targets, field)) });
    } catch (error) {
      problems.push(problemOf(error));
    }
  }

  function problemOf(error: unknown): Problem {
    if (error instanceof YamlValueError) return { position: positionOf(error.offset), message: error.message };
    // The library descends by calling itself.
    if (error instanceof RangeError) return { position: positionOf(0), message: 'is nested too deeply' };
    throw error;
  }
}

function wordsOf({ code, message }: YAMLParseError): string {
  return WORDS[code] ?? message;
}

/** The objects of a document: itself, or the items of a `kind: List`, each with its own place. */
export function objectsOf(document: SourceDocument): readonly SourceDocument[] {
  const { value, file, at } = document;
  if (!isList(value)) return [document];
  return value.items.flatMap((item, index) =>
    objectsOf({ file, value: item, at: (field) => at(joined(`items[${index}]`, field)) }),
  );
}

const joined = (parent: string, field: string): string =>
  field === '' || field.startsWith('[') ? `${parent}${field}` : `${parent}.${field}`;

/** As kubectl has it: whatever is called a list and has items. */
function isList(value: unknown): value is { readonly items: readonly unknown[] } {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, items } = value as { readonly kind?: unknown; readonly items?: unknown };
  return typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items);
}
