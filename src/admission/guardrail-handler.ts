import type { Guardrail } from '../api/v1alpha1.ts';
import { compileErrorText, compileGuardrail } from '../policy/compile.ts';
import { type AdmissionReview, reviewOf } from './admission-review.ts';
import { decodeReview } from './decode.ts';

/**
 * Answers the admission of a Guardrail itself: refuses what can't compile, with each field and what it must be. An object
 * that is being deleted passes, so that its finalizers can always be taken off.
 */
export function validateGuardrailRequest(body: Uint8Array): AdmissionReview {
  const { uid, object } = decodeReview(body);
  const guardrail = object as unknown as Guardrail | undefined;
  const error =
    guardrail === undefined || guardrail.metadata?.deletionTimestamp !== undefined
      ? undefined
      : compileErrorText(compileGuardrail(guardrail));
  if (error === undefined) return reviewOf({ uid, allowed: true });
  return reviewOf({ uid, allowed: false, status: { code: 422, reason: 'Invalid', message: error } });
}
