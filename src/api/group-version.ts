/** The API group of all kinds of the product. */
export const GROUP = 'guardrails.dev';
/** The one served version. */
export const VERSION = 'v1alpha1';
/** What `apiVersion` says in our objects. */
export const API_VERSION = `${GROUP}/${VERSION}`;

/** The plural names under which the API server serves our kinds. */
export const GUARDRAILS = 'guardrails';
/** See GUARDRAILS. */
export const GUARDRAIL_VIOLATIONS = 'guardrailviolations';

/** Labels that the operator writes on a GuardrailViolation, for selection where field selectors can't be used. */
export const Label = {
  guardrail: `${GROUP}/guardrail`,
  decision: `${GROUP}/decision`,
  /** The namespace of the object, on a record that could not be written there. */
  namespace: `${GROUP}/namespace`,
} as const;

/** Under this name the operator owns the fields that it writes. */
export const FIELD_MANAGER = 'guardrails-operator';
