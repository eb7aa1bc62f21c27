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

/** Enough to tell what is wrong; a hostile object could have thousands. */
const MAX_ERRORS = 20;

const ajv = new Ajv({ strict: true, allErrors: true, allowUnionTypes: true });
ajv.addVocabulary(CRD_VOCABULARY);
(addFormats as unknown as (ajv: Ajv) => void)(ajv);
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

function toSchemaError(error: ErrorObject): SchemaError {
  const at = fieldPath(error.instancePath);
  switch (error.keyword) {
    case 'required':
      return { field: join(at, error.params.missingProperty), message: 'must be set' };
    case 'additionalProperties':
      return { field: join(at, error.params.additionalProperty), message: 'must not be set: there is no such field' };
    case 'enum':
      return { field: at, message: `must be one of ${(error.params.allowedValues as unknown[]).join(', ')}` };
    default:
      return { field: at, message: error.message ?? 'must be valid' };
  }
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
