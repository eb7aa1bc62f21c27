import { schemas } from '../../api/v1alpha1.schema.ts';
import type { GuardrailTest, TestRequest } from '../../api/v1alpha1.ts';
import { validatorOf } from '../../api/validate.ts';
import { isObject, own } from '../../policy/json.ts';
import type { KubeObject } from '../../policy/review.ts';
import { InputError } from '../documents/input-error.ts';
import { startOf } from '../documents/position.ts';
import type { FileSystem } from '../documents/source-files.ts';
import type { SourceDocument } from '../documents/yaml-documents.ts';
import { readDocuments } from './objects.ts';
import type { SimulationInput } from './simulation-input.ts';

/** A request, with what a test tells of the cluster. */
export interface RequestInput extends SimulationInput {
  /** The time of the request; undefined if nothing tells it. */
  readonly now: Date | undefined;
}

const { properties: TEST } = schemas.Guardrail.properties.spec.properties.tests.items;
const validateRequest = validatorOf(TEST.request);
const validateCircumstances = validatorOf({
  type: 'object',
  properties: {
    target: TEST.target,
    namespaceLabels: TEST.namespaceLabels,
    existing: TEST.existing,
    now: TEST.now,
  },
});

/** Reads a file with an AdmissionReview, the request of a test, or a whole test. Throws InputError for anything else. */
export async function readRequestFile(files: FileSystem, path: string): Promise<RequestInput> {
  const [document, more] = await readDocuments(files, [path]);
  if (document === undefined || more !== undefined) {
    const position = more?.at('') ?? startOf(path);
    throw new InputError({
      position,
      message: `must hold one request: there is ${more === undefined ? 'none' : 'another'}`,
    });
  }
  const request = own(document.value, 'request');
  if (own(document.value, 'kind') === 'AdmissionReview') return admissionInput(document, request);
  if (isObject(request)) {
    checkRequest(document, request, 'request');
    const [error] = validateCircumstances(document.value);
    if (error !== undefined) throw new InputError({ position: document.at(error.field), ...error });
    return inputOfTest(document.value as unknown as GuardrailTest);
  }
  checkRequest(document, document.value, '');
  return inputOfTest({ request: document.value as unknown as TestRequest });
}

function admissionInput(document: SourceDocument, request: unknown): RequestInput {
  if (isObject(request)) return { ...NOTHING_KNOWN, request: { kind: 'Admission', request } };
  throw new InputError({ position: document.at('request'), field: 'request', message: 'must be set' });
}

const NOTHING_KNOWN = { target: undefined, namespaceLabels: undefined, existing: [], now: undefined };

/** The request of a test, and what the test tells of the cluster. */
export function inputOfTest(test: Pick<GuardrailTest, 'request'> & Partial<GuardrailTest>): RequestInput {
  const { request, target, namespaceLabels, existing, now } = test;
  return {
    request: { kind: 'Written', request },
    target: target as KubeObject | undefined,
    namespaceLabels,
    existing: (existing ?? []) as readonly KubeObject[],
    now: now === undefined ? undefined : new Date(now),
  };
}

function checkRequest(document: SourceDocument, request: unknown, at: string): void {
  const [error] = validateRequest(request);
  if (error === undefined) return;
  const field = [at, error.field].filter((part) => part !== '').join('.');
  const hint =
    at === '' && error.field === 'operation' ? ': this is neither an AdmissionReview nor the request of a test' : '';
  throw new InputError({ position: document.at(field), field, message: `${error.message}${hint}` });
}
