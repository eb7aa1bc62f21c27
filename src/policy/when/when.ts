import type { WhenAlternative, WhenEntry } from '../../api/v1alpha1.ts';
import type { FieldErrors } from '../field-error.ts';
import { compileChange } from './change.ts';
import { allNeeds, type Condition, NEEDS_NOTHING } from './condition.ts';
import { compileField } from './field.ts';
import { compileImages } from './images.ts';

/** Each takes time to compile, and keeps all requests waiting meanwhile. */
const MAX_EXPRESSIONS = 100;

/** Compiles `spec.when`. All entries must hold; without entries it always trips. */
export function compileWhen(entries: readonly WhenEntry[], errors: FieldErrors): Condition {
  if (countExpressions(entries) > MAX_EXPRESSIONS) {
    errors.add('spec.when', `must not have more than ${MAX_EXPRESSIONS} regular expressions in all`);
    return { needs: NEEDS_NOTHING, trips: () => true };
  }
  const conditions = entries
    .map((entry, index) => compileEntry(entry, `spec.when[${index}]`, errors))
    .filter((condition) => condition !== undefined);
  return {
    needs: allNeeds(conditions),
    trips: (context) => conditions.every((condition) => condition.trips(context)),
  };
}

function compileEntry(entry: WhenEntry, field: string, errors: FieldErrors): Condition | undefined {
  if (entry.anyOf === undefined) return compileAlternative(entry, field, errors);
  if (Object.keys(entry).length > 1) errors.add(field, 'must have exactly one key: change, field, images or anyOf');
  const alternatives = entry.anyOf
    .map((alternative, index) => compileAlternative(alternative, `${field}.anyOf[${index}]`, errors))
    .filter((condition) => condition !== undefined);
  return {
    needs: allNeeds(alternatives),
    trips: (context) => alternatives.some((condition) => condition.trips(context)),
  };
}

function compileAlternative(entry: WhenAlternative, field: string, errors: FieldErrors): Condition | undefined {
  const { change, field: fieldCondition, images } = entry;
  // A second key would be a condition that nobody asks.
  if (Object.keys(entry).length > 1) errors.add(field, 'must have exactly one key: change, field, images or anyOf');
  if (change !== undefined) return compileChange(change, `${field}.change`, errors);
  if (fieldCondition !== undefined) return compileField(fieldCondition, `${field}.field`, errors);
  if (images !== undefined) return compileImages(images);
  errors.add(field, 'must have exactly one key: change, field, images or anyOf');
  return undefined;
}

function countExpressions(entries: readonly WhenEntry[]): number {
  return entries
    .flatMap((entry) => [entry, ...(entry.anyOf ?? [])])
    .filter(({ field }) => field?.operator === 'Matches' || field?.operator === 'NotMatches')
    .reduce((sum, { field }) => sum + (field?.values?.length ?? 0), 0);
}
