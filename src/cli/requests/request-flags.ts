import type { TestRequest } from '../../api/v1alpha1.ts';
import { isDateTime } from '../../api/validate.ts';
import type { CheckedGuardrail } from '../checking/check-guardrail.ts';
import { UsageError } from '../command.ts';
import { didYouMean } from '../did-you-mean.ts';
import type { FileSystem } from '../documents/source-files.ts';
import type { Flags, FlagValues } from '../flags.ts';
import { pairOf, requestOfPair } from './manifest-pair.ts';
import { readObjects } from './objects.ts';
import { inputOfTest, type RequestInput, readRequestFile } from './request-file.ts';

const OPERATIONS = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const;

/** The flags that tell a request. */
export const REQUEST_FLAGS = {
  request: {
    value: 'FILE',
    isPath: true,
    help: 'an AdmissionReview, or a request or test as in spec.tests; - is the standard input',
  },
  test: { value: 'NAME', help: 'the request of this test of the guardrails, as NAME or GUARDRAIL/NAME' },
  old: { value: 'FILE', isPath: true, help: 'the object as it is before the request; alone, it is deleted' },
  new: { value: 'FILE', isPath: true, help: 'the object as it will be; alone, it is created' },
  subresource: { value: 'NAME', help: 'with --old or --new: the subresource that is written' },
  operation: {
    value: 'OPERATION',
    choices: OPERATIONS,
    help: 'with --old or --new: the operation, where it is another',
  },
  user: { value: 'NAME', help: 'with --old or --new: who asks; default test-user' },
  group: { value: 'NAME', isList: true, help: 'with --user: a group of that user' },
  'field-manager': { value: 'NAME', help: 'with --old or --new: the field manager that the request names' },
  'namespace-labels': { value: 'KEY=VALUE,...', help: 'the labels of the namespace' },
  target: { value: 'FILE', isPath: true, help: 'the object behind a subresource, such as the Pod of an exec' },
  existing: { value: 'PATH', isList: true, isPath: true, help: 'objects that are in the cluster: a file or folder' },
  now: { value: 'TIME', help: 'the time of the request, as 2026-12-24T18:00:00Z; default now' },
} as const satisfies Flags;

type Given = FlagValues<typeof REQUEST_FLAGS>;

/** Flags that say what the request is. */
const SOURCES = ['request', 'test', 'old', 'new'] as const;
/** Flags that mean something only beside a pair of manifests. */
const OF_PAIRS = ['subresource', 'operation', 'user', 'field-manager'] as const;

/** Reads the request that flags tell. Throws UsageError for flags that don't go together, InputError for files that are wrong. */
export async function requestOfFlags(
  given: Given,
  guardrails: readonly CheckedGuardrail[],
  files: FileSystem,
): Promise<RequestInput> {
  checkSources(given);
  const target = given.target === undefined ? undefined : await onlyObject(files, given.target);
  const existing = (await readObjects(files, given.existing)).map(({ object }) => object);
  const labels = given['namespace-labels'];
  const base = await baseInput(given, guardrails, files, { target, existing });
  return {
    ...base,
    target: target ?? base.target,
    namespaceLabels: labels === undefined ? base.namespaceLabels : labelsOf(labels),
    existing: [...base.existing, ...existing],
    now: given.now === undefined ? base.now : timeOf(given.now),
  };
}

function checkSources(given: Given): void {
  const sources = SOURCES.filter((name) => given[name] !== undefined);
  const isPair = given.old !== undefined || given.new !== undefined;
  if (sources.length === 0)
    throw new UsageError('one of --request, --test, and --old or --new must be set: what is the request?');
  if (isPair ? given.request !== undefined || given.test !== undefined : sources.length > 1) {
    throw new UsageError(
      `only one of --request, --test, and --old or --new may be set, not ${sources.map((name) => `--${name}`).join(' and ')}`,
    );
  }
  const stray = isPair ? undefined : OF_PAIRS.find((name) => given[name] !== undefined);
  if (stray !== undefined)
    throw new UsageError(`--${stray} may be set only with --old or --new: --${sources[0]} says it itself`);
  if (given.group.length > 0 && given.user === undefined)
    throw new UsageError('--group needs --user: say who is in that group');
}

async function baseInput(
  given: Given,
  guardrails: readonly CheckedGuardrail[],
  files: FileSystem,
  { target, existing }: Pick<RequestInput, 'target' | 'existing'>,
): Promise<RequestInput> {
  if (given.request !== undefined) return readRequestFile(files, given.request);
  if (given.test !== undefined) return inputOfTest(testNamed(given.test, guardrails));
  const read = (path: string | undefined) => (path === undefined ? undefined : readObjects(files, [path]));
  const pair = pairOf(await read(given.old), await read(given.new));
  const manager = given['field-manager'];
  const request: TestRequest = requestOfPair(pair, {
    operation: OPERATIONS.find((operation) => operation === given.operation),
    subresource: given.subresource,
    userInfo:
      given.user === undefined
        ? undefined
        : { username: given.user, ...(given.group.length > 0 && { groups: [...given.group] }) },
    options: manager === undefined ? undefined : { fieldManager: manager },
    target,
    existing,
  });
  return inputOfTest({ request });
}

async function onlyObject(files: FileSystem, path: string): Promise<RequestInput['target']> {
  return pairOf(undefined, await readObjects(files, [path])).new?.object;
}

function testNamed(wanted: string, guardrails: readonly CheckedGuardrail[]) {
  const tests = guardrails.flatMap(({ name, guardrail, problems }) =>
    problems.length > 0
      ? []
      : (guardrail.spec.tests ?? []).map((test) => ({ test, name: test.name, path: `${name}/${test.name}` })),
  );
  const found = tests.filter(({ name, path }) => name === wanted || path === wanted);
  const [only, other] = found;
  if (only === undefined) {
    const known = tests.flatMap(({ name, path }) => [name, path]);
    throw new UsageError(
      `--test must be the name of a test of the guardrails: there is no "${wanted}"${didYouMean(wanted, known)}`,
    );
  }
  if (other !== undefined)
    throw new UsageError(`--test must be the name of one test: there are ${only.path} and ${other.path}`);
  return only.test;
}

function labelsOf(text: string): Record<string, string> {
  const labels = text
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf('=');
      if (at < 1)
        throw new UsageError(`--namespace-labels must be labels such as env=production,team=shop, not "${text}"`);
      return [part.slice(0, at), part.slice(at + 1)] as const;
    });
  return Object.fromEntries(labels);
}

function timeOf(text: string): Date {
  if (!isDateTime(text)) {
    throw new UsageError(`--now must be a time such as 2026-12-24T18:00:00Z, not "${text}"`);
  }
  return new Date(text);
}
