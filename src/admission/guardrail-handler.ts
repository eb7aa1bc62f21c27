import { isDeepStrictEqual } from 'node:util';
import type { Guardrail } from '../api/v1alpha1.ts';
import { compileErrorText, compileGuardrail } from '../policy/compile.ts';
import type { CompiledGuardrail } from '../policy/compiled-guardrail.ts';
import { cut } from '../policy/describe.ts';
import { own } from '../policy/json.ts';
import { lint } from '../policy/lint/lint.ts';
import type { Review } from '../policy/review.ts';
import { type AdmissionResponse, type AdmissionReview, reviewOf } from './admission-review.ts';
import { decodeReview } from './decode.ts';

/** What became of the tests of a guardrail; `text` says what is wrong, in one line. */
export type TestedResult =
  | { readonly kind: 'Passed' }
  | { readonly kind: 'Failed'; readonly text: string }
  /** They take longer than they may: nobody knows. */
  | { readonly kind: 'TimedOut'; readonly text: string };

/** Runs the tests of a guardrail. */
export type TestRunner = (guardrail: Guardrail, compiled: CompiledGuardrail) => Promise<TestedResult>;

/** What the handler works with. */
export interface GuardrailHandlerDeps {
  readonly runTests: TestRunner;
  readonly clock: () => Date;
  /** Told of what nobody expected. */
  readonly onError: (message: string, error: unknown) => void;
}

/** kubectl cuts warnings beyond some length, and nobody reads dozens. */
const MAX_WARNINGS = 8;
const MAX_WARNING_LENGTH = 250;

/**
 * Answers the admission of a Guardrail itself: refuses what can't compile, with each field and what it must be, and what does not
 * pass its own tests; warns of what is probably not meant. An object that is being deleted passes, so that its finalizers can
 * always be taken off.
 */
export function createGuardrailHandler(deps: GuardrailHandlerDeps): (body: Uint8Array) => Promise<AdmissionReview> {
  return async (body) => {
    const review = decodeReview(body);
    try {
      return reviewOf({ uid: review.uid, ...(await answer(review, deps)) });
    } catch (error) {
      // A failed call lets a Guardrail in: what nobody can make sense of must not choose that.
      deps.onError('a Guardrail could not be judged', error);
      return reviewOf({ uid: review.uid, ...refused('it could not be judged: an internal error occurred') });
    }
  };
}

async function answer(
  review: Review,
  { runTests, clock }: GuardrailHandlerDeps,
): Promise<Omit<AdmissionResponse, 'uid'>> {
  const guardrail = review.object as unknown as Guardrail | undefined;
  if (guardrail === undefined || guardrail.metadata?.deletionTimestamp !== undefined) return { allowed: true };
  // Labels can be changed whatever this version of the engine makes of what is stored.
  if (isSameSpec(review)) return { allowed: true };
  const loaded = compileGuardrail(guardrail);
  if (loaded.kind === 'Broken') return refused(compileErrorText(loaded) ?? '');
  const tested = await runTests(guardrail, loaded);
  if (tested.kind !== 'Passed') return refused(tested.text);
  const warnings = lint(guardrail, loaded, clock())
    .filter(({ level }) => level === 'warning')
    .slice(0, MAX_WARNINGS)
    .map(({ field, message }) => cut(`${field}: ${message}`, MAX_WARNING_LENGTH));
  return { allowed: true, ...(warnings.length > 0 && { warnings }) };
}

/** What is too deep to be compared has changed. */
function isSameSpec({ object, oldObject }: Review): boolean {
  try {
    return oldObject !== undefined && isDeepStrictEqual(own(object, 'spec'), own(oldObject, 'spec'));
  } catch {
    return false;
  }
}

function refused(message: string): Omit<AdmissionResponse, 'uid'> {
  return { allowed: false, status: { code: 422, reason: 'Invalid', message } };
}
