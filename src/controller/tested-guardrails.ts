import type { Guardrail } from '../api/v1alpha1.ts';
import type { CompiledGuardrail } from '../policy/compiled-guardrail.ts';
import type { ConditionState } from './guardrail-conditions.ts';
import type { LoadedReport } from './guardrail-loader.ts';

/** What TestedGuardrails works with. */
export interface TestedGuardrailsDeps {
  /** Runs the tests of a guardrail. */
  readonly run: (guardrail: Guardrail, compiled: CompiledGuardrail) => Promise<Tested>;
  /** Told when more is known. */
  readonly onResult: () => void;
}

/** What became of the tests of a guardrail; `text` says what is wrong. */
export type Tested =
  | { readonly kind: 'Passed' }
  | { readonly kind: 'Failed'; readonly text: string }
  | { readonly kind: 'TimedOut'; readonly text: string };

type State = Pick<ConditionState, 'status' | 'reason' | 'message'>;

interface Known {
  readonly generation: number;
  /** Undefined until they have been run. */
  state: State | undefined;
}

const NO_TESTS: State = { status: 'Unknown', reason: 'NoTests', message: 'it has no tests' };

/**
 * Knows whether guardrails pass their tests: those too that were stored while nobody could refuse them, or before this version
 * of the engine. Each generation is run once, one after the other, while everything else goes on. What fails is in force all
 * the same, since it is what somebody asked for.
 */
export class TestedGuardrails {
  readonly #deps: TestedGuardrailsDeps;
  readonly #known = new Map<string, Known>();
  #running: Promise<void> = Promise.resolve();
  #isStopped: boolean = false;

  constructor(deps: TestedGuardrailsDeps) {
    this.#deps = deps;
  }

  /**
   * The condition TestsPassed of a guardrail. Where it is not known yet, its tests are run, and it is undefined: what another
   * replica has found out, or this one before a restart, holds meanwhile.
   */
  condition(report: LoadedReport): ConditionState | undefined {
    const state = this.#stateOf(report);
    return state && { type: 'TestsPassed', ...state };
  }

  /** From here on no tests are begun. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Forgets the guardrails that are not among these uids. */
  retain(uids: ReadonlySet<string>): void {
    for (const uid of this.#known.keys()) if (!uids.has(uid)) this.#known.delete(uid);
  }

  #stateOf({ source, uid, generation, error, inForce }: LoadedReport): State | undefined {
    const count = source.spec.tests?.length ?? 0;
    if (error !== undefined || inForce.kind === 'Broken') {
      return { status: 'Unknown', reason: 'CompileError', message: 'this generation does not compile' };
    }
    if (count === 0) return NO_TESTS;
    const known = this.#known.get(uid);
    if (known?.generation === generation) return known.state;
    const unknown: Known = { generation, state: undefined };
    this.#known.set(uid, unknown);
    this.#running = this.#running.then(() => this.#run(source, inForce, unknown, count));
    return undefined;
  }

  async #run(guardrail: Guardrail, compiled: CompiledGuardrail, known: Known, count: number): Promise<void> {
    if (this.#isStopped) return;
    try {
      known.state = stateOf(await this.#deps.run(guardrail, compiled), count);
    } catch {
      known.state = { status: 'Unknown', reason: 'NotRun', message: 'its tests could not be run' };
    }
    this.#deps.onResult();
  }
}

function stateOf(tested: Tested, count: number): State {
  switch (tested.kind) {
    case 'Passed':
      return { status: 'True', reason: 'Passed', message: `${count} ${count === 1 ? 'test passes' : 'tests pass'}` };
    case 'Failed':
      return { status: 'False', reason: 'Failed', message: tested.text };
    case 'TimedOut':
      return { status: 'Unknown', reason: 'NotRun', message: tested.text };
    default:
      throw new Error(`unknown result ${tested satisfies never}`);
  }
}
