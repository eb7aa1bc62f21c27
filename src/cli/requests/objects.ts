import { isObject, stringAt } from '../../policy/json.ts';
import type { KubeObject } from '../../policy/review.ts';
import { InputError } from '../documents/input-error.ts';
import type { Position } from '../documents/position.ts';
import { type FileSystem, findFiles, readSource } from '../documents/source-files.ts';
import { objectsOf, parseDocuments, type SourceDocument } from '../documents/yaml-documents.ts';

/** An object of the cluster, and where it was written down. */
export interface SourceObject {
  readonly object: KubeObject;
  readonly document: SourceDocument;
}

/** Reads what files and folders hold. Throws InputError for the first thing that can't be read. */
export async function readDocuments(files: FileSystem, paths: readonly string[]): Promise<readonly SourceDocument[]> {
  const documents: SourceDocument[] = [];
  for await (const source of findFiles(files, paths)) {
    if (source.kind === 'Problem') throw new InputError(source.problem);
    if (source.kind === 'Again') continue;
    const text = await readSource(source, files);
    if ('message' in text) throw new InputError(text);
    const parsed = parseDocuments(text.file, text.text);
    const [problem] = parsed.problems;
    if (problem !== undefined) throw new InputError(problem);
    documents.push(...parsed.documents.flatMap(objectsOf));
  }
  return documents;
}

/** Reads the objects of files and folders. Throws InputError for what is no object of a cluster. */
export async function readObjects(files: FileSystem, paths: readonly string[]): Promise<readonly SourceObject[]> {
  return (await readDocuments(files, paths)).map((document) => ({ object: checkedObject(document), document }));
}

function checkedObject({ value, at }: SourceDocument): KubeObject {
  for (const field of ['apiVersion', 'kind']) {
    if (stringAt(value, field) === undefined) {
      throw new InputError({ position: at(''), field, message: 'must be set: this must be an object of the cluster' });
    }
  }
  return value as KubeObject;
}

/** What is called by its path, or written where it is needed. */
export type ObjectOrPath = string | KubeObject;

/** Reads objects that are given by path or in place. Throws InputError, which says where the path stands if it leads nowhere. */
export async function resolveObjects(
  files: FileSystem,
  given: readonly ObjectOrPath[],
  at: (index: number) => Position,
): Promise<readonly KubeObject[]> {
  const objects: KubeObject[] = [];
  for (const [index, one] of given.entries()) {
    if (isObject(one)) objects.push(one);
    else objects.push(...(await namedFrom(at(index), () => readObjects(files, [one]))).map(({ object }) => object));
  }
  return objects;
}

/** Says of what can't be read also where it was asked for. */
export async function namedFrom<T>(position: Position, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError({ position, message: error.message });
  }
}
