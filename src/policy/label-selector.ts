import type { LabelSelector, LabelSelectorRequirement } from '../api/v1alpha1.ts';
import type { FieldErrors } from './field-error.ts';

/** Labels as the engine reads them. */
export type Labels = ReadonlyMap<string, string>;

/** Tells whether labels match a selector. */
export type CompiledLabelSelector = (labels: Labels) => boolean;

/**
 * Compiles a label selector with the meaning of metav1.LabelSelector: all requirements must hold, NotIn and DoesNotExist
 * hold for a missing label, and an empty selector matches everything.
 */
export function compileLabelSelector(
  selector: LabelSelector,
  field: string,
  errors: FieldErrors,
): CompiledLabelSelector {
  const equal = Object.entries(selector.matchLabels ?? {});
  const requirements = (selector.matchExpressions ?? []).map((requirement, index) =>
    compileRequirement(requirement, `${field}.matchExpressions[${index}]`, errors),
  );
  return (labels) =>
    equal.every(([key, value]) => labels.get(key) === value) && requirements.every((holds) => holds(labels));
}

function compileRequirement(
  requirement: LabelSelectorRequirement,
  field: string,
  errors: FieldErrors,
): CompiledLabelSelector {
  const { key, operator, values = [] } = requirement;
  const set = new Set(values);
  switch (operator) {
    case 'In':
    case 'NotIn': {
      if (set.size === 0) errors.add(`${field}.values`, `must not be empty for the operator ${operator}`);
      const wanted = operator === 'In';
      return (labels) => {
        const value = labels.get(key);
        return value === undefined ? !wanted : set.has(value) === wanted;
      };
    }
    case 'Exists':
    case 'DoesNotExist': {
      if (set.size > 0) errors.add(`${field}.values`, `must be empty for the operator ${operator}`);
      const wanted = operator === 'Exists';
      return (labels) => labels.has(key) === wanted;
    }
    default:
      throw new Error(`unknown operator ${operator satisfies never}`);
  }
}
