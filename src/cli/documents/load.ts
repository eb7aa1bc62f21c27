import { API_VERSION, GROUP } from '../../api/group-version.ts';
import type { Guardrail } from '../../api/v1alpha1.ts';
import { stringAt } from '../../policy/json.ts';
import { counted } from '../report/counted.ts';
import { CLI_API_VERSION } from '../report/structured.ts';
import { positionText, startOf } from './position.ts';
import type { Problem } from './problem.ts';
import { type FileSystem, findFiles, readSource, type SourceFile } from './source-files.ts';
import { objectsOf, parseDocuments, type SourceDocument } from './yaml-documents.ts';

/** A Guardrail as it was written; its schema has not been looked at. */
export interface GuardrailSource {
  readonly name: string;
  readonly guardrail: Guardrail;
  readonly document: SourceDocument;
}

/** What files hold that is ours. */
export interface Loaded {
  readonly guardrails: readonly GuardrailSource[];
  readonly suites: readonly SourceDocument[];
  readonly problems: readonly Problem[];
  /** How many files were read, and how many objects of other kinds were in them. */
  readonly files: number;
  readonly others: number;
}

/** Says how much was read, and how much of it is not ours. */
export function leftOutText({ files, others }: Loaded): string {
  return `${counted(files, 'file')} read, ${counted(others, 'object')} of other kinds left out\n`;
}

/** What is wanted of the files. */
export type Wanted = 'Guardrails' | 'GuardrailsAndSuites';

export const SUITE_KIND = 'GuardrailTestSuite';

/**
 * Reads the Guardrails, and if wanted the suites, of files and folders. What is wrong with one of them does not keep the others
 * from being read. `progress` is told how many files were read.
 */
export async function load(
  files: FileSystem,
  paths: readonly string[],
  wanted: Wanted,
  progress: (files: number) => void = () => {},
): Promise<Loaded> {
  const loading = new Loading(wanted);
  for await (const source of findFiles(files, paths)) {
    await loading.read(source, files);
    progress(loading.files);
  }
  return loading.finish(paths);
}

class Loading {
  readonly #wanted: Wanted;
  readonly #guardrails: GuardrailSource[] = [];
  readonly #byName = new Map<string, SourceDocument>();
  readonly #suites: SourceDocument[] = [];
  readonly #problems: Problem[] = [];
  /** The operands that have brought something, or an error. */
  readonly #fruitful = new Set<string>();
  #files = 0;
  #others = 0;

  constructor(wanted: Wanted) {
    this.#wanted = wanted;
  }

  /** How many files were read. */
  get files(): number {
    return this.#files;
  }

  async read(source: SourceFile, files: FileSystem): Promise<void> {
    if (source.kind === 'Problem') {
      this.#problems.push(source.problem);
      return;
    }
    if (source.kind === 'Again') {
      this.#fruitful.add(source.from);
      return;
    }
    const text = await readSource(source, files);
    if ('message' in text) {
      this.#problems.push(text);
      this.#fruitful.add(source.from);
      return;
    }
    this.#files += 1;
    const { documents, problems } = parseDocuments(text.file, text.text);
    this.#problems.push(...problems);
    const before = this.#guardrails.length + this.#suites.length;
    for (const object of documents.flatMap(objectsOf)) this.#add(object);
    if (problems.length > 0 || this.#guardrails.length + this.#suites.length > before) this.#fruitful.add(source.from);
  }

  #add(document: SourceDocument): void {
    const apiVersion = stringAt(document.value, 'apiVersion') ?? '';
    const kind = stringAt(document.value, 'kind');
    const [group] = apiVersion.split('/');
    if (group === GROUP && kind === 'Guardrail') this.#addGuardrail(document, apiVersion);
    else if (kind === SUITE_KIND && this.#wanted === 'GuardrailsAndSuites') this.#addSuite(document, apiVersion);
    else this.#others += 1;
  }

  #addGuardrail(document: SourceDocument, apiVersion: string): void {
    if (apiVersion !== API_VERSION) {
      this.#refuse(document, 'apiVersion', `must be ${API_VERSION}`);
    }
    const name = stringAt(document.value, 'metadata', 'name');
    const problem = nameProblem(name);
    if (name === undefined || problem !== undefined) {
      this.#refuse(document, 'metadata.name', problem ?? 'must be set');
      return;
    }
    const known = this.#byName.get(name);
    if (known !== undefined) {
      const where = positionText(known.at('metadata.name'));
      this.#refuse(document, 'metadata.name', `must be of one Guardrail only: "${name}" stands at ${where} too`);
      return;
    }
    this.#byName.set(name, document);
    this.#guardrails.push({ name, guardrail: document.value as Guardrail, document });
  }

  #addSuite(document: SourceDocument, apiVersion: string): void {
    if (apiVersion === CLI_API_VERSION) this.#suites.push(document);
    else this.#refuse(document, 'apiVersion', `must be ${CLI_API_VERSION}`);
  }

  #refuse(document: SourceDocument, field: string, message: string): void {
    this.#problems.push({ position: document.at(field), field, message });
  }

  finish(paths: readonly string[]): Loaded {
    const what = this.#wanted === 'Guardrails' ? 'Guardrail' : `Guardrail or ${SUITE_KIND}`;
    const complained = new Set(this.#problems.map(({ position }) => position.file));
    for (const path of new Set(paths)) {
      // What a folder lacks, another path may bring: but nobody names a file for nothing.
      if (this.#fruitful.has(path) || complained.has(path)) continue;
      this.#problems.push({ position: startOf(path), message: `must hold a ${what}: there is none` });
    }
    return {
      guardrails: this.#guardrails,
      suites: this.#suites,
      problems: this.#problems,
      files: this.#files,
      others: this.#others,
    };
  }
}

/** As the API server names objects: a DNS subdomain. */
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const MAX_NAME_LENGTH = 253;

function nameProblem(name: string | undefined): string | undefined {
  if (name === undefined || name === '') return 'must be set';
  if (name.length <= MAX_NAME_LENGTH && NAME.test(name)) return undefined;
  return 'must be lower-case letters, digits, "-" and ".", and begin and end with a letter or digit';
}
