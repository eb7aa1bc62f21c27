import { schemas } from '../../api/v1alpha1.schema.ts';

const { items: TEST } = schemas.Guardrail.properties.spec.properties.tests;

const PATH = { type: 'string', minLength: 1, maxLength: 4096 } as const;

const OBJECT = { type: 'object' } as const;

const OBJECT_OR_PATH = { type: ['string', 'object'], minLength: 1, maxLength: 4096 } as const;

/** The JSON Schema of a GuardrailTestSuite. What a test of a Guardrail has too is as there. */
export const SUITE_SCHEMA = {
  type: 'object',
  description: 'Tests of guardrails that stand in other files.',
  required: ['apiVersion', 'kind', 'guardrails', 'tests'],
  additionalProperties: false,
  properties: {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: {
      type: 'object',
      additionalProperties: false,
      description: 'What the suite is called.',
      properties: {
        name: { type: 'string', minLength: 1, maxLength: 253, description: 'Defaults to the name of the file.' },
        labels: { ...OBJECT, description: 'For other tools.' },
        annotations: { ...OBJECT, description: 'For other tools.' },
      },
    },
    guardrails: {
      type: 'array',
      description: 'Files and folders with the guardrails that are tested, relative to this file.',
      minItems: 1,
      maxItems: 256,
      items: PATH,
    },
    existing: {
      type: 'array',
      description:
        'Objects that are in the cluster in every test: files and folders relative to this file, or objects.',
      maxItems: 256,
      items: OBJECT_OR_PATH,
    },
    tests: {
      type: 'array',
      description: 'The tests.',
      minItems: 1,
      maxItems: 4096,
      items: {
        type: 'object',
        required: ['name', 'expect'],
        additionalProperties: false,
        properties: {
          name: TEST.properties.name,
          guardrail: {
            type: 'string',
            minLength: 1,
            maxLength: 253,
            description: 'The one guardrail whose finding counts. Defaults to all of them together.',
          },
          review: { ...PATH, description: 'A file with an AdmissionReview.' },
          old: { ...PATH, description: 'A file with the object before the request: alone, a DELETE.' },
          new: { ...PATH, description: 'A file with the object as it will be: alone, a CREATE; with old, an UPDATE.' },
          request: TEST.properties.request,
          subresource: { type: 'string', maxLength: 63, description: 'With old and new: the subresource.' },
          userInfo: TEST.properties.request.properties.userInfo,
          options: { ...OBJECT, description: 'With old and new: the options of the request.' },
          target: { ...OBJECT_OR_PATH, description: 'The object behind a subresource: a file, or the object.' },
          namespaceLabels: TEST.properties.namespaceLabels,
          existing: {
            type: 'array',
            description: 'Objects that are in the cluster in this test, beside those of the suite.',
            maxItems: 256,
            items: OBJECT_OR_PATH,
          },
          now: TEST.properties.now,
          expect: TEST.properties.expect,
          message: TEST.properties.message,
        },
      },
    },
  },
} as const;
