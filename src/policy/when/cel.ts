import { compileExpression } from '../cel/expression.ts';
import { Failure, kindOf, type Result } from '../cel/values.ts';
import type { Variable } from '../cel/variables.ts';
import { type EvaluationContext, EvaluationError, requestObject, targetObject } from '../evaluation-context.ts';
import { type FieldErrors, PolicySyntaxError } from '../field-error.ts';
import { allNeeds, type ConditionNeeds, NEEDS_NOTHING, type WrittenCondition } from './condition.ts';

interface Source {
  readonly needs: ConditionNeeds;
  /** undefined is null in an expression. */
  readonly read: (context: EvaluationContext) => unknown;
}

/** What each variable of an expression reads. The names are those of paths, but CEL reserves the word `namespace`. */
const SOURCES: Readonly<Record<Variable, Source>> = {
  object: { needs: NEEDS_NOTHING, read: ({ review }) => review.object },
  oldObject: { needs: NEEDS_NOTHING, read: ({ review }) => review.oldObject },
  target: { needs: { target: true, namespace: false }, read: ({ target }) => targetObject(target) },
  options: { needs: NEEDS_NOTHING, read: ({ review }) => review.options },
  namespaceObject: { needs: { target: false, namespace: true }, read: ({ namespace }) => namespace },
  request: { needs: NEEDS_NOTHING, read: ({ review }) => requestObject(review) },
  action: { needs: NEEDS_NOTHING, read: actionObject },
};

/** Compiles a CEL expression, which trips if it is true. */
export function compileCel(expression: string, field: string, errors: FieldErrors): WrittenCondition | undefined {
  return errors.try(field, () => {
    const { reads, type, evaluate } = compileExpression(expression);
    if (type !== 'bool' && !type.startsWith('dyn')) {
      throw new PolicySyntaxError(`must be a CEL expression of type bool (true or false), not ${type}`);
    }
    const sources = reads.map((name) => SOURCES[name]);
    const trips = (context: EvaluationContext): boolean => {
      const result = tell(field, () => evaluate(sources.map(({ read }) => read(context))));
      if (typeof result === 'boolean') return result;
      const why = result instanceof Failure ? failureText(result) : `the result has type ${kindOf(result)}, not bool`;
      throw new EvaluationError(`${field}: ${why}`);
    };
    return {
      needs: allNeeds(sources),
      trips,
      describe: (context) => `The expression is ${trips(context)}`,
    };
  });
}

/** Evaluates, and names the field where that can't be done. */
function tell(field: string, evaluate: () => Result): Result {
  try {
    return evaluate();
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    throw new EvaluationError(`${field}: ${error.message}`, { cause: error });
  }
}

function failureText({ reason, position }: Failure): string {
  return position === undefined ? reason : `${reason} at position ${position}`;
}

/** What the action changes is there with both sides: null stands for a value that is not there. */
function actionObject({ actions, changes }: EvaluationContext): unknown {
  const sides = changes.map(({ path, from, to }) => ({ path, from: from ?? null, to: to ?? null }));
  return { type: actions[0], types: actions, changes: sides };
}
