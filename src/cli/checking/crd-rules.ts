import { schemas } from '../../api/v1alpha1.schema.ts';
import type { FieldError } from '../../policy/field-error.ts';
import { isObject, listAt, own, stringAt } from '../../policy/json.ts';
import { duplicatesIn } from './duplicates.ts';

/** Whether a part of a Guardrail is as a rule of the CRD says. */
type Rule = (self: unknown) => boolean;

const has = (self: unknown, key: string): boolean => own(self, key) !== undefined;

const exactlyOne =
  (...keys: readonly string[]): Rule =>
  (self) =>
    keys.filter((key) => has(self, key)).length === 1;

const countOf = (keys: readonly string[]): string =>
  `${keys.map((key) => `(has(self.${key}) ? 1 : 0)`).join(' + ')} == 1`;

/** The actions that can happen to anything. */
const ANYWHERE = ['Create', 'Update', 'Delete', 'LabelChange', 'AnnotationChange', 'FinalizerRemove', 'OwnerChange'];

const ALTERNATIVES = ['change', 'field', 'changesOutside', 'images', 'violatesSchema', 'cel'];
const CONDITIONS = [...ALTERNATIVES, 'anyOf'];

/**
 * What the CRD says in CEL, by its text. The API server evaluates it there; without one it is said here again. A test holds that
 * none is missing.
 */
export const CRD_RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ["self.enforcement != 'Deny' || has(self.failurePolicy)", (self) => !isDeny(self) || has(self, 'failurePolicy')],
  [
    "self.enforcement == 'Deny' || !has(self.failurePolicy) || self.failurePolicy == 'Ignore'",
    (self) => isDeny(self) || stringAt(self, 'failurePolicy') !== 'Fail',
  ],
  [
    `has(self.resources) || !self.actions.exists(a, a in [${ANYWHERE.map((name) => `'${name}'`).join(', ')}])`,
    (self) => has(self, 'resources') || !listAt(self, 'actions').some((name) => ANYWHERE.some((one) => one === name)),
  ],
  [
    "self.kind == 'ServiceAccount' ? has(self.namespace) : !has(self.namespace)",
    (self) => (stringAt(self, 'kind') === 'ServiceAccount') === has(self, 'namespace'),
  ],
  [countOf(CONDITIONS), exactlyOne(...CONDITIONS)],
  [countOf(ALTERNATIVES), exactlyOne(...ALTERNATIVES)],
  ['!(has(self.byMoreThan) && has(self.byAtLeast))', (self) => !(has(self, 'byMoreThan') && has(self, 'byAtLeast'))],
  [
    "self.type in ['Increased', 'Decreased'] || !(has(self.byMoreThan) || has(self.byAtLeast))",
    (self) =>
      ['Increased', 'Decreased'].includes(stringAt(self, 'type') ?? '') ||
      !(has(self, 'byMoreThan') || has(self, 'byAtLeast')),
  ],
  [
    'has(self.notFrom) || has(self.tags) || has(self.withoutDigest) || has(self.scan)',
    (self) => ['notFrom', 'tags', 'withoutDigest', 'scan'].some((key) => has(self, key)),
  ],
  ['has(self.weekly) != has(self.absolute)', exactlyOne('weekly', 'absolute')],
  ['self.from < self.to', (self) => timeAt(self, 'from') < timeAt(self, 'to')],
]);

const isDeny = (self: unknown): boolean => stringAt(self, 'enforcement') === 'Deny';

const timeAt = (self: unknown, key: string): number => Date.parse(stringAt(self, key) ?? '');

/** What breaks a rule of the CRD. */
export interface CrdRuleError extends FieldError {
  /** Where the compiler says the same: the field itself, or one in it. */
  readonly compiledAs: string;
}

/** Rules that the compiler has too, by what it says of a field in the one that the rule is about. */
const COMPILED_AS: ReadonlyMap<string, string> = new Map([['self.from < self.to', '.from']]);

/** Returns what a Guardrail that fits the schema has against the rules of the CRD. */
export function crdRuleErrors(guardrail: unknown): CrdRuleError[] {
  return [...errorsIn(schemas.Guardrail.properties.spec, own(guardrail, 'spec'), 'spec')];
}

function* errorsIn(schema: unknown, value: unknown, field: string): Generator<CrdRuleError> {
  if (value === undefined) return;
  for (const validation of listAt(schema, 'x-kubernetes-validations')) {
    const rule = stringAt(validation, 'rule') ?? '';
    const holds = CRD_RULES.get(rule);
    if (holds === undefined || holds(value)) continue;
    const at = `${field}${stringAt(validation, 'fieldPath') ?? ''}`;
    const message = stringAt(validation, 'message') ?? 'must be valid';
    yield { field: at, message, compiledAs: `${at}${COMPILED_AS.get(rule) ?? ''}` };
  }
  const properties = own(schema, 'properties');
  if (isObject(properties)) {
    for (const key of Object.keys(properties)) {
      yield* errorsIn(own(properties, key), own(value, key), `${field}.${key}`);
    }
  }
  if (!Array.isArray(value)) return;
  for (const error of duplicatesIn(schema, value, field)) yield { ...error, compiledAs: error.field };
  const items = own(schema, 'items');
  if (items === undefined) return;
  for (const [index, item] of value.entries()) yield* errorsIn(items, item, `${field}[${index}]`);
}
