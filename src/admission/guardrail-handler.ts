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

/** Runs the tests of a guardrail. Returns what is wrong with them, in one line; undefined if all of them pass. */
export type TestRunner = (guardrail: Guardrail, compiled: CompiledGuardrail) => Promise<string | undefined>;

/** What the handler works with. */
export interface GuardrailHandlerDeps {
  readonly runTests: TestRunner;
  readonly clock: () => Date;
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
    return reviewOf({ uid: review.uid, ...(await answer(review, deps)) });
  };
}

async function answer(
  review: Review,
  { runTests, clock }: GuardrailHandlerDeps,
): Promise<Omit<AdmissionResponse, 'uid'>> {
  const guardrail = review.object as unknown as Guardrail | undefined;
  if (guardrail === undefined || guardrail.metadata?.deletionTimestamp !== undefined) return { allowed: true };
  const loaded = compileGuardrail(guardrail);
  if (loaded.kind === 'Broken') return refused(compileErrorText(loaded) ?? '');
  // Labels can be changed whatever a later version of the engine makes of the tests.
  if (isDeepStrictEqual(own(review.object, 'spec'), own(review.oldObject, 'spec'))) return { allowed: true };
  const failed = await runTests(guardrail, loaded);
  if (failed !== undefined) return refused(failed);
  const warnings = lint(guardrail, loaded, clock())
    .filter(({ level }) => level === 'warning')
    .slice(0, MAX_WARNINGS)
    .map(({ field, message }) => cut(`${field}: ${message}`, MAX_WARNING_LENGTH));
  return { allowed: true, ...(warnings.length > 0 && { warnings }) };
}

function refused(message: string): Omit<AdmissionResponse, 'uid'> {
  return { allowed: false, status: { code: 422, reason: 'Invalid', message } };
}
