import { compileGlobs } from '../../policy/glob.ts';
import { type CheckedGuardrail, checkGuardrail } from '../checking/check-guardrail.ts';
import { InputError } from '../documents/input-error.ts';
import { type GuardrailSource, type Loaded, load } from '../documents/load.ts';
import { positionText } from '../documents/position.ts';
import type { Problem } from '../documents/problem.ts';
import type { FileSystem } from '../documents/source-files.ts';
import type { TestReport } from '../report/test-report.ts';
import { runGuardrailTest } from './run-guardrail-tests.ts';
import { besideSuite, type LoadedSuite, runSuiteTest } from './run-suite-tests.ts';
import { readSuite, type Suite } from './suite.ts';
import type { TestGroup, TestOutcome } from './test-outcome.ts';

/** What is run, and how. */
export interface RunOptions {
  /** A glob of the tests that are run; undefined for all. */
  readonly only: string | undefined;
  readonly failsFast: boolean;
  readonly requiresTests: boolean;
  /** Is told how many tests were run. */
  readonly progress: (done: number) => void;
}

/** A test that waits for its turn. */
interface PlannedTest {
  readonly name: string;
  run(): Promise<TestOutcome>;
}

interface PlannedGroup extends Omit<TestGroup, 'tests'> {
  readonly tests: readonly PlannedTest[];
}

/** Runs the tests of all Guardrails and suites that were loaded. What is wrong with one does not keep others from running. */
export async function runAll(loaded: Loaded, files: FileSystem, options: RunOptions): Promise<TestReport> {
  const checked = loaded.guardrails.map(checkGuardrail);
  const problems: Problem[] = [...loaded.problems, ...checked.flatMap((one) => one.problems)];
  const suites = new SuiteLoader(files, checked);
  const groups = checked.flatMap(guardrailGroup);
  const tested = new Set(groups.map(({ name }) => name));
  for (const document of loaded.suites) {
    const suite = readSuite(document);
    if (!('tests' in suite)) {
      problems.push(...suite);
      continue;
    }
    for (const { guardrail } of suite.tests) if (guardrail !== undefined) tested.add(guardrail);
    const ready = await suites.load(suite);
    problems.push(...ready.problems);
    groups.push(suiteGroup(ready, files));
  }
  const { results, problems: met } = await runGroups(chosen(groups, options.only), options);
  return {
    groups: results,
    problems: [...problems, ...met],
    untested: checked
      .filter(({ name, compiled }) => compiled !== undefined && !tested.has(name))
      .map(({ name, document }) => ({ name, position: document.at('metadata.name') })),
    requiresTests: options.requiresTests,
  };
}

function guardrailGroup(source: CheckedGuardrail): PlannedGroup[] {
  const { compiled, guardrail, name, document } = source;
  // Of one that does not compile not even spec is known to be there.
  if (compiled === undefined || source.problems.length > 0) return [];
  const tests = guardrail.spec.tests ?? [];
  if (tests.length === 0) return [];
  return [
    {
      kind: 'Guardrail',
      name,
      position: document.at('metadata.name'),
      tests: tests.map((test, index) => ({
        name: test.name,
        run: () => runGuardrailTest(source, compiled, index, test),
      })),
    },
  ];
}

function suiteGroup(ready: LoadedSuite, files: FileSystem): PlannedGroup {
  const { suite } = ready;
  return {
    kind: 'GuardrailTestSuite',
    name: suite.name,
    position: suite.document.at(''),
    tests: suite.tests.map((test, index) => ({
      name: test.name,
      run: () => runSuiteTest(ready, index, test, files),
    })),
  };
}

/** Reads the guardrails of suites: those of one folder once, whichever suites name it. */
class SuiteLoader {
  readonly #files: FileSystem;
  readonly #loaded = new Map<string, Promise<Loaded>>();
  /** By where they stand: what was complained of once is not complained of again. */
  readonly #checked: Map<string, CheckedGuardrail>;

  constructor(files: FileSystem, checked: readonly CheckedGuardrail[]) {
    this.#files = files;
    this.#checked = new Map(checked.map((one) => [placeOf(one), one]));
  }

  async load(suite: Suite): Promise<LoadedSuite & { readonly problems: readonly Problem[] }> {
    const paths = suite.guardrails.map((path) => besideSuite(suite, path));
    const key = JSON.stringify(paths);
    const isKnown = this.#loaded.has(key);
    const loading = this.#loaded.get(key) ?? load(this.#files, paths, 'Guardrails');
    this.#loaded.set(key, loading);
    const { guardrails, problems } = await loading;
    const found: Problem[] = isKnown ? [] : [...problems];
    const ready = guardrails.map((source) => this.#check(source, found));
    return {
      suite,
      guardrails: ready.flatMap(({ name, guardrail, compiled }) =>
        compiled === undefined ? [] : [{ name, source: guardrail, loaded: compiled }],
      ),
      problems: found,
    };
  }

  #check(source: GuardrailSource, found: Problem[]): CheckedGuardrail {
    const place = placeOf(source);
    const known = this.#checked.get(place);
    if (known !== undefined) return known;
    const checked = checkGuardrail(source);
    this.#checked.set(place, checked);
    found.push(...checked.problems);
    return checked;
  }
}

const placeOf = ({ document }: GuardrailSource): string => positionText(document.at(''));

/** The tests that a glob names: as guardrail/test, or either of them. */
function chosen(groups: readonly PlannedGroup[], only: string | undefined): readonly PlannedGroup[] {
  if (only === undefined) return groups;
  const isLike = compileGlobs([only]);
  return groups
    .map((group) => ({
      ...group,
      tests: group.tests.filter(({ name }) => isLike(`${group.name}/${name}`) || isLike(group.name) || isLike(name)),
    }))
    .filter(({ tests }) => tests.length > 0);
}

async function runGroups(
  groups: readonly PlannedGroup[],
  { failsFast, progress }: RunOptions,
): Promise<{ readonly results: readonly TestGroup[]; readonly problems: readonly Problem[] }> {
  const results: TestGroup[] = [];
  const problems: Problem[] = [];
  let done = 0;
  let isOver = false;
  for (const group of groups) {
    if (isOver) break;
    const tests: TestOutcome[] = [];
    for (const test of group.tests) {
      const outcome = await orProblem(test, problems);
      if (outcome !== undefined) tests.push(outcome);
      progress(++done);
      isOver = failsFast && outcome?.passed !== true;
      if (isOver) break;
    }
    results.push({ ...group, tests });
  }
  return { results, problems };
}

async function orProblem(test: PlannedTest, problems: Problem[]): Promise<TestOutcome | undefined> {
  try {
    return await test.run();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    problems.push(error.problem);
    return undefined;
  }
}
