import { Ajv, type ErrorObject } from 'ajv';
import addFormats from 'ajv-formats';
import { schemas } from './v1alpha1.schema.ts';

/** A field that does not fit the schema. */
export interface SchemaError {
  readonly field: string;
  readonly message: string;
}

/** The words of the CRD dialect that say nothing to a JSON Schema validator. */
const CRD_VOCABULARY = [
  'x-kubernetes-int-or-string',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-list-type',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-validations',
];

/** RFC 3339 with its offset, and without leap seconds, which the API server refuses. */
const DATE_TIME = /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

/** Enough to tell what is wrong; a hostile object could have thousands. */
const MAX_ERRORS = 20;

const ajv = new Ajv({ strict: true, allErrors: true, allowUnionTypes: true });
ajv.addVocabulary(CRD_VOCABULARY);
(addFormats as unknown as (ajv: Ajv) => void)(ajv);
// The format of the library takes forms that the API server refuses.
ajv.addFormat('date-time', isDateTime);
const validateAsGuardrail = validatorOf(schemas.Guardrail);

/**
 * Validates an object against the schema of the Guardrail CRD, as the API server would: unknown fields are errors. Returns
 * the errors, none if it is valid. What the CRD says in CEL is checked by the API server alone.
 */
export function validateGuardrail(object: unknown): SchemaError[] {
  return validateAsGuardrail(object);
}

/** Makes a validator of a schema of our own. It returns the errors of an object, none if it is valid. */
export function validatorOf(schema: object): (object: unknown) => SchemaError[] {
  const validate = ajv.compile(schema);
  return (object) => (validate(object) ? [] : (validate.errors ?? []).slice(0, MAX_ERRORS).map(toSchemaError));
}

/** Whether a text is a time that both the API server and the engine can read. */
export function isDateTime(text: string): boolean {
  if (!DATE_TIME.test(text) || Number.isNaN(Date.parse(text))) return false;
  // Date takes the 30th of February for a day of March.
  const day = text.slice(0, 10);
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}

function toSchemaError(error: ErrorObject): SchemaError {
  const at = fieldPath(error.instancePath);
  switch (error.keyword) {
    case 'required':
      return { field: join(at, error.params.missingProperty), message: 'must be set' };
    case 'additionalProperties':
      return { field: join(at, error.params.additionalProperty), message: 'must not be set: there is no such field' };
    case 'enum':
      return { field: at, message: `must be one of ${(error.params.allowedValues as unknown[]).join(', ')}` };
    case 'format':
      return { field: at, message: formatMessage(error.params.format) };
    default:
      return { field: at, message: error.message ?? 'must be valid' };
  }
}

function formatMessage(format: unknown): string {
  return format === 'date-time'
    ? 'must be a time with its offset, such as 2026-12-20T18:00:00Z or 2026-12-20T18:00:00+01:00'
    : `must match format "${String(format)}"`;
}

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

/** A JSON pointer as a field path: /spec/when/0/change is spec.when[0].change. */
function fieldPath(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : join(path, part)), '');
}
