import { dirname, isAbsolute, join } from 'node:path';
import type { Finding } from '../../policy/decision.ts';
import type { ExplainableGuardrail } from '../../policy/explain/explanation.ts';
import { isObject, own, stringAt } from '../../policy/json.ts';
import type { KubeObject } from '../../policy/review.ts';
import { readsClock } from '../../simulation/run-test.ts';
import { simulate } from '../../simulation/simulate.ts';
import { toldOf } from '../../simulation/told-error.ts';
import { decisive, meets, type Verdict, verdictOf } from '../../simulation/verdict.ts';
import { InputError } from '../documents/input-error.ts';
import type { FileSystem } from '../documents/source-files.ts';
import { pairOf, requestOfPair } from '../requests/manifest-pair.ts';
import { namedFrom, type ObjectOrPath, readDocuments, readObjects, resolveObjects } from '../requests/objects.ts';
import { type SimulatedRequest, type SimulationInput, simulatedRequest } from '../requests/simulation-input.ts';
import { reasonsFor } from './reasons.ts';
import type { Suite, SuiteTest } from './suite.ts';
import type { TestOutcome } from './test-outcome.ts';

/** A suite, ready to run. */
export interface LoadedSuite {
  readonly suite: Suite;
  readonly guardrails: readonly (ExplainableGuardrail & { readonly name: string })[];
}

/** Relative paths in a suite begin at its folder. They stay relative to where the suite is: so they are told. */
export function besideSuite({ document }: Suite, path: string): string {
  return isAbsolute(path) ? path : join(dirname(document.file), path);
}

/** Runs the test of that number of a suite. Throws InputError if its files can't be read. */
export async function runSuiteTest(
  { suite, guardrails }: LoadedSuite,
  index: number,
  test: SuiteTest,
  files: FileSystem,
): Promise<TestOutcome> {
  const at = (field: string) => suite.document.at(`tests[${index}]${field}`);
  if (test.guardrail !== undefined && !guardrails.some(({ name }) => name === test.guardrail)) {
    throw new InputError({
      position: at('.guardrail'),
      field: `tests[${index}].guardrail`,
      message: `must be the name of one of the guardrails of the suite: there is no "${test.guardrail}" that compiles`,
    });
  }
  const common = {
    name: test.name,
    position: at(''),
    guardrail: test.guardrail,
    expected: test.expect,
  };
  const start = performance.now();
  const invalid = (why: string): TestOutcome => ({
    ...common,
    passed: false,
    actual: 'Invalid',
    why,
    reason: '',
    message: '',
    seconds: secondsSince(start),
  });
  const asked = guardrails.filter(({ name }) => (test.guardrail ?? name) === name);
  // What goes wrong in one test keeps no other from running.
  try {
    const input = await inputOf(suite, index, test, files);
    const clocked = asked.find(({ source }) => readsClock(source));
    if (test.now === undefined && clocked !== undefined) {
      return invalid(`now must be set, since guardrail "${clocked.name}" asks for the time`);
    }
    const request = simulatedRequest(input);
    const { namespace } = request.review;
    if (test.namespaceLabels !== undefined && input.existing.some((object) => isNamespaceOf(object, namespace))) {
      return invalid(
        `namespaceLabels must not be set: the Namespace "${namespace}" among the existing objects says its labels itself`,
      );
    }
    return { ...common, ...(await judged(test, asked, request)), seconds: secondsSince(start) };
  } catch (error) {
    if (error instanceof InputError) throw error;
    return invalid(toldOf(error));
  }
}

/** Judges the request of a test by guardrails, and compares what comes of it with what the test expects. */
async function judged(
  test: SuiteTest,
  asked: LoadedSuite['guardrails'],
  { review: asking, cluster }: SimulatedRequest,
): Promise<Pick<TestOutcome, 'actual' | 'passed' | 'why' | 'reason' | 'message'>> {
  const now = new Date(test.now ?? 0);
  // One guardrail says the same whoever stands beside it.
  const loaded = asked.map((one) => one.loaded);
  const simulated = await simulate(loaded, asking, cluster, now);
  const reviews = simulated.map(({ review, decision }) => ({ review, findings: decision.findings }));
  const findings = reviews.flatMap((one) => one.findings);
  const verdict = verdictOf(findings);
  const why = whyFailed(test, verdict, findings);
  return {
    actual: verdict,
    passed: why === '',
    why,
    reason: why === '' ? '' : await reasonsFor(reviews, asked, cluster, now),
    message: messagesOf(verdict, findings)[0] ?? '',
  };
}

const secondsSince = (start: number): number => (performance.now() - start) / 1000;

const isNamespaceOf = (object: KubeObject, name: string): boolean =>
  stringAt(object, 'apiVersion') === 'v1' &&
  stringAt(object, 'kind') === 'Namespace' &&
  stringAt(object, 'metadata', 'name') === name;

/** "" if the test passed. Of all guardrails together it is the same whether none matches or none trips. */
function whyFailed({ expect, message, guardrail }: SuiteTest, verdict: Verdict, findings: readonly Finding[]): string {
  const isQuiet = guardrail === undefined && expect === 'Allowed' && verdict === 'NotMatched';
  if (!isQuiet && !meets(verdict, expect)) return `expected ${expect}, got ${verdict}`;
  if (message === undefined || messagesOf(verdict, findings).some((text) => text.includes(message))) return '';
  return `expected a message with "${message}"`;
}

const messagesOf = (verdict: Verdict, findings: readonly Finding[]): readonly string[] =>
  verdict === 'Allowed' ? [] : decisive(findings).map(({ message }) => message);

async function inputOf(suite: Suite, index: number, test: SuiteTest, files: FileSystem): Promise<SimulationInput> {
  const at = (field: string) => suite.document.at(`tests[${index}]${field}`);
  const beside = (one: ObjectOrPath) => (typeof one === 'string' ? besideSuite(suite, one) : one);
  const targets = test.target === undefined ? [] : [beside(test.target)];
  const target = await resolveObjects(files, targets, () => at('.target'));
  if (target.length > 1) {
    throw new InputError({
      position: at('.target'),
      message: 'the target must be one object: put it in a file of its own',
    });
  }
  const existing = [
    ...(await resolveObjects(files, suite.existing.map(beside), (item) => suite.document.at(`existing[${item}]`))),
    ...(await resolveObjects(files, (test.existing ?? []).map(beside), (item) => at(`.existing[${item}]`))),
  ];
  const world = { target: target[0], namespaceLabels: test.namespaceLabels, existing };
  if (test.request !== undefined) return { ...world, request: { kind: 'Written', request: test.request } };
  if (test.review !== undefined) {
    const path = besideSuite(suite, test.review);
    const request = await namedFrom(at('.review'), () => readAdmissionRequest(files, path));
    return { ...world, request: { kind: 'Admission', request } };
  }
  const { old, new: after, subresource, userInfo, options } = test;
  const read = (key: 'old' | 'new', path: string | undefined) =>
    path === undefined ? undefined : namedFrom(at(`.${key}`), () => readObjects(files, [besideSuite(suite, path)]));
  const pair = pairOf(await read('old', old), await read('new', after));
  const details = { subresource, userInfo, options, target: world.target, existing };
  return { ...world, request: { kind: 'Written', request: requestOfPair(pair, details) } };
}

async function readAdmissionRequest(files: FileSystem, path: string): Promise<KubeObject> {
  const [document, more] = await readDocuments(files, [path]);
  const request = own(document?.value, 'request');
  if (
    document === undefined ||
    more !== undefined ||
    own(document.value, 'kind') !== 'AdmissionReview' ||
    !isObject(request)
  ) {
    const position = document?.at('') ?? { file: path, line: 1, column: 1 };
    throw new InputError({ position, message: 'must be one AdmissionReview with its request' });
  }
  return request;
}
