import { Environment } from '@marcbachmann/cel-js';
import type { MatchCondition } from '../../../../src/controller/match-conditions.ts';
import type { Review } from '../../../../src/policy/review.ts';

/** CEL as the API server has it in matchConditions. Optionals are equal if both are none, or what they hold is. */
const equality = new Environment({ unlistedVariablesAreDyn: true }).parse('a == b');
const environment = new Environment({ unlistedVariablesAreDyn: true, enableOptionalTypes: true }).registerOperator(
  'optional == optional',
  (a: Optional, b: Optional) =>
    a.hasValue() && b.hasValue() ? equality({ a: a.value(), b: b.value() }) : a.hasValue() === b.hasValue(),
);

interface Optional {
  hasValue(): boolean;
  value(): unknown;
}

const compiled = new Map<string, ReturnType<Environment['parse']>>();

/** Whether a matchCondition holds for a review. Throws where its expression fails. */
export function holds({ expression }: MatchCondition, review: Review): boolean {
  const run = compiled.get(expression) ?? environment.parse(expression);
  compiled.set(expression, run);
  const value: unknown = run(variablesOf(review));
  if (typeof value !== 'boolean') throw new Error(`${expression} is ${String(value)}`);
  return value;
}

/** What the API server binds: of the request, what is empty is not there. */
function variablesOf(review: Review): Record<string, unknown> {
  const { group, version, resource, subresource, namespace, name, operation, subject, dryRun } = review;
  return {
    request: {
      uid: review.uid,
      operation,
      resource: { group, version, resource },
      ...(subresource !== '' && { subResource: subresource }),
      ...(namespace !== '' && { namespace }),
      ...(name !== '' && { name }),
      userInfo: { ...subject },
      dryRun,
    },
    object: review.object ?? null,
    oldObject: review.oldObject ?? null,
  };
}
