import { basename } from 'node:path';
import type { GuardrailTest, TestRequest, TestUser } from '../../api/v1alpha1.ts';
import { validatorOf } from '../../api/validate.ts';
import { own } from '../../policy/json.ts';
import type { KubeObject } from '../../policy/review.ts';
import type { Problem } from '../documents/problem.ts';
import type { SourceDocument } from '../documents/yaml-documents.ts';
import type { ObjectOrPath } from '../requests/objects.ts';
import { SUITE_SCHEMA } from './suite-schema.ts';

/** One test of a suite. */
export interface SuiteTest {
  readonly name: string;
  readonly guardrail?: string;
  readonly review?: string;
  readonly old?: string;
  readonly new?: string;
  readonly request?: TestRequest;
  readonly subresource?: string;
  readonly userInfo?: TestUser;
  readonly options?: KubeObject;
  readonly target?: ObjectOrPath;
  readonly namespaceLabels?: Readonly<Record<string, string>>;
  readonly existing?: readonly ObjectOrPath[];
  readonly now?: string;
  readonly expect: GuardrailTest['expect'];
  readonly message?: string;
}

/** Tests of guardrails that stand in other files. */
export interface Suite {
  readonly name: string;
  readonly guardrails: readonly string[];
  readonly existing: readonly ObjectOrPath[];
  readonly tests: readonly SuiteTest[];
  readonly document: SourceDocument;
}

const validate = validatorOf(SUITE_SCHEMA);

/** Reads a suite. Returns what is wrong with it instead if it is not as the schema says. */
export function readSuite(document: SourceDocument): Suite | readonly Problem[] {
  const problems = validate(document.value).map(
    ({ field, message }): Problem => ({ position: document.at(field), field, message }),
  );
  if (problems.length > 0) return problems;
  const {
    metadata,
    guardrails,
    existing = [],
    tests,
  } = document.value as Omit<Suite, 'name' | 'document'> & {
    readonly metadata?: { readonly name?: string };
  };
  const against = tests.flatMap((test, index) => testProblems(test, `tests[${index}]`, document));
  if (against.length > 0) return against;
  return { name: metadata?.name ?? basename(document.file), guardrails, existing, tests, document };
}

/** What says what the request is: exactly one of them, though old and new go together. */
const SOURCES = ['review', 'request', 'old', 'new'] as const;
/** What a request of other sources says itself. */
const OF_PAIRS = ['subresource', 'userInfo', 'options'] as const;

function testProblems(test: SuiteTest, field: string, document: SourceDocument): Problem[] {
  const problem = (at: string, message: string): Problem => ({ position: document.at(at), field: at, message });
  const isSet = (key: string) => own(test, key) !== undefined;
  const sources = SOURCES.filter(isSet);
  const isPair = isSet('old') || isSet('new');
  if (sources.length === 0) return [problem(field, 'must have one of review, request, and old or new')];
  if (!isPair ? sources.length > 1 : isSet('review') || isSet('request')) {
    return [problem(field, `must have only one of review, request, and old or new: it has ${sources.join(', ')}`)];
  }
  if (isPair) return [];
  return OF_PAIRS.filter(isSet).map((key) =>
    problem(`${field}.${key}`, `must be set only beside old or new: ${sources[0]} says it itself`),
  );
}
