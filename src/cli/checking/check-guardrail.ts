import { validateGuardrail } from '../../api/validate.ts';
import { compileGuardrail } from '../../policy/compile.ts';
import type { CompiledGuardrail } from '../../policy/compiled-guardrail.ts';
import type { FieldError } from '../../policy/field-error.ts';
import type { GuardrailSource } from '../documents/load.ts';
import type { Problem } from '../documents/problem.ts';
import { crdRuleErrors } from './crd-rules.ts';

/** A Guardrail, and whether a cluster would take it. */
export interface CheckedGuardrail extends GuardrailSource {
  /** Undefined if it can't compile. */
  readonly compiled: CompiledGuardrail | undefined;
  /** Why a cluster would refuse it, each with its place; none if it would not. */
  readonly problems: readonly CheckProblem[];
}

/** Something for which a cluster would refuse a Guardrail. */
export interface CheckProblem extends Problem {
  /** Whether it can be told from the schema of the CRD, or only by compiling. */
  readonly rule: 'schema' | 'compile';
}

/** What the API server knows at the top of an object. */
const TOP: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'spec', 'status']);

/** Checks a Guardrail as a cluster would: schema, rules of the CRD, compiler. */
export function checkGuardrail(source: GuardrailSource): CheckedGuardrail {
  const { guardrail, document } = source;
  const misfits = [...unknownAtTop(guardrail), ...validateGuardrail(withoutServerFields(source))];
  const loaded = compileGuardrail(guardrail);
  const errors = loaded.kind === 'Broken' ? loaded.errors : [];
  // Where the schema is not met the compiler says the same again.
  const broken = misfits.length > 0 ? [] : crdRuleErrors(guardrail);
  const told = new Set(broken.map(({ compiledAs }) => compiledAs));
  const more = misfits.length > 0 ? [] : errors.filter(({ field }) => !told.has(field));
  const problemOf =
    (rule: CheckProblem['rule']) =>
    ({ field, message }: FieldError): CheckProblem => ({ rule, position: document.at(field), field, message });
  return {
    ...source,
    compiled: loaded.kind === 'Compiled' ? loaded : undefined,
    problems: [...[...misfits, ...broken].map(problemOf('schema')), ...more.map(problemOf('compile'))],
  };
}

function withoutServerFields({ guardrail }: GuardrailSource): unknown {
  const { apiVersion, kind, spec } = guardrail;
  return { apiVersion, kind, spec };
}

function unknownAtTop(guardrail: object): FieldError[] {
  return Object.keys(guardrail)
    .filter((key) => !TOP.has(key))
    .map((field) => ({ field, message: 'must not be set: there is no such field' }));
}
