import type { Guardrail } from '../api/v1alpha1.ts';
import type { CompiledGuardrail } from '../policy/compiled-guardrail.ts';
import type { ConditionState } from './guardrail-conditions.ts';
import type { LoadedReport } from './guardrail-loader.ts';

/** What TestedGuardrails works with. */
export interface TestedGuardrailsDeps {
  /** Runs the tests of a guardrail. Returns what is wrong with them, in one line; undefined if all of them pass. */
  readonly run: (guardrail: Guardrail, compiled: CompiledGuardrail) => Promise<string | undefined>;
  /** Told when more is known. */
  readonly onResult: () => void;
}

type State = Pick<ConditionState, 'status' | 'reason' | 'message'>;

interface Tested {
  readonly generation: number;
  state: State;
}

const NO_TESTS: State = { status: 'Unknown', reason: 'NoTests', message: 'it has no tests' };
const RUNNING: State = { status: 'Unknown', reason: 'Running', message: 'its tests are being run' };

/**
 * Knows whether guardrails pass their tests: those too that were stored while nobody could refuse them, or before this version
 * of the engine. Each generation is run once, one after the other, while everything else goes on. What fails is in force all
 * the same, since it is what somebody asked for.
 */
export class TestedGuardrails {
  readonly #deps: TestedGuardrailsDeps;
  readonly #known = new Map<string, Tested>();
  #running: Promise<void> = Promise.resolve();

  constructor(deps: TestedGuardrailsDeps) {
    this.#deps = deps;
  }

  /** The condition TestsPassed of a guardrail. Where it is not known yet, its tests are run. */
  condition(report: LoadedReport): ConditionState {
    return { type: 'TestsPassed', ...this.#stateOf(report) };
  }

  /** Forgets the guardrails that are not among these uids. */
  retain(uids: ReadonlySet<string>): void {
    for (const uid of this.#known.keys()) if (!uids.has(uid)) this.#known.delete(uid);
  }

  #stateOf({ source, uid, generation, error, inForce }: LoadedReport): State {
    const count = source.spec.tests?.length ?? 0;
    if (error !== undefined || inForce.kind === 'Broken') {
      return { status: 'Unknown', reason: 'CompileError', message: 'this generation does not compile' };
    }
    if (count === 0) return NO_TESTS;
    const known = this.#known.get(uid);
    if (known?.generation === generation) return known.state;
    const tested: Tested = { generation, state: RUNNING };
    this.#known.set(uid, tested);
    this.#running = this.#running.then(() => this.#run(source, inForce, tested, count));
    return tested.state;
  }

  async #run(guardrail: Guardrail, compiled: CompiledGuardrail, tested: Tested, count: number): Promise<void> {
    try {
      const wrong = await this.#deps.run(guardrail, compiled);
      tested.state =
        wrong === undefined
          ? { status: 'True', reason: 'Passed', message: `${count} ${count === 1 ? 'test passes' : 'tests pass'}` }
          : { status: 'False', reason: 'Failed', message: wrong };
    } catch (error) {
      const why = error instanceof Error ? error.message : 'unknown error';
      tested.state = { status: 'Unknown', reason: 'NotRun', message: `its tests could not be run: ${why}` };
    }
    this.#deps.onResult();
  }
}
