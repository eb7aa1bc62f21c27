import type { Guardrail } from '../api/v1alpha1.ts';
import { compileGuardrail } from '../policy/compile.ts';
import type { LoadedGuardrail } from '../policy/compiled-guardrail.ts';
import { formatFieldErrors } from '../policy/field-error.ts';
import type { KubeObject } from '../policy/review.ts';

/** What became of one Guardrail object. */
export interface LoadedReport {
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  /** The object itself. */
  readonly source: Guardrail;
  /** Why the generation can't compile; undefined if it does. */
  readonly error: string | undefined;
  /** What is in force: this generation, or the last good one of the same object, or, without any, the failurePolicy. */
  readonly inForce: LoadedGuardrail;
}

interface Known {
  readonly generation: number;
  readonly report: LoadedReport;
}

/**
 * Compiles Guardrails, and keeps what it has compiled by uid and generation, so that a write to a status compiles nothing.
 * A generation that can't compile leaves the last good one in force.
 */
export class GuardrailLoader {
  #known: ReadonlyMap<string, Known> = new Map();

  /** Loads all Guardrails that there are. What is not among them is forgotten. */
  load(objects: Iterable<KubeObject>): readonly LoadedReport[] {
    const known = new Map<string, Known>();
    for (const object of objects) {
      const guardrail = object as unknown as Guardrail;
      const uid = guardrail.metadata?.uid ?? '';
      known.set(uid, this.#loadOne(guardrail, uid));
    }
    this.#known = known;
    return [...known.values()].map(({ report }) => report);
  }

  #loadOne(guardrail: Guardrail, uid: string): Known {
    const generation = guardrail.metadata?.generation ?? 0;
    const before = this.#known.get(uid);
    if (before?.generation === generation) return before;
    const name = guardrail.metadata?.name ?? '';
    const loaded = compileGuardrail(guardrail);
    if (loaded.kind === 'Compiled') {
      return { generation, report: { name, uid, generation, source: guardrail, error: undefined, inForce: loaded } };
    }
    const error = formatFieldErrors(loaded.errors);
    const inForce = before?.report.inForce.kind === 'Compiled' ? before.report.inForce : loaded;
    return { generation, report: { name, uid, generation, source: guardrail, error, inForce } };
  }
}
