import type { WhenAlternative, WhenEntry } from '../../api/v1alpha1.ts';
import type { FieldErrors } from '../field-error.ts';
import { compileCel } from './cel.ts';
import { compileChange } from './change.ts';
import { compileChangesOutside } from './changes-outside.ts';
import { allNeeds, allTrip, anyTrips, type Condition, NEEDS_NOTHING } from './condition.ts';
import { compileField } from './field.ts';
import { compileImages } from './images.ts';
import { compileViolatesSchema } from './violates-schema.ts';

/** Each takes time to compile, and keeps all requests waiting meanwhile. */
const MAX_EXPRESSIONS = 100;
const MAX_SCHEMAS = 4;

const ONE_KEY = 'must have exactly one key: change, field, changesOutside, images, violatesSchema, cel or anyOf';

/** Compiles `spec.when`. All entries must hold; without entries it always trips. */
export function compileWhen(entries: readonly WhenEntry[], errors: FieldErrors): Condition {
  if (countExpressions(entries) > MAX_EXPRESSIONS) {
    errors.add('spec.when', `must not have more than ${MAX_EXPRESSIONS} regular expressions in all`);
    return { needs: NEEDS_NOTHING, trips: () => true };
  }
  if (alternativesOf(entries).filter(({ violatesSchema }) => violatesSchema !== undefined).length > MAX_SCHEMAS) {
    errors.add('spec.when', `must not have more than ${MAX_SCHEMAS} schemas in all`);
    return { needs: NEEDS_NOTHING, trips: () => true };
  }
  const conditions = entries
    .map((entry, index) => compileEntry(entry, `spec.when[${index}]`, errors))
    .filter((condition) => condition !== undefined);
  return {
    needs: allNeeds(conditions),
    trips: (context) => allTrip(conditions, context),
  };
}

function compileEntry(entry: WhenEntry, field: string, errors: FieldErrors): Condition | undefined {
  if (entry.anyOf === undefined) return compileAlternative(entry, field, errors);
  if (Object.keys(entry).length > 1) errors.add(field, ONE_KEY);
  const alternatives = entry.anyOf
    .map((alternative, index) => compileAlternative(alternative, `${field}.anyOf[${index}]`, errors))
    .filter((condition) => condition !== undefined);
  return {
    needs: allNeeds(alternatives),
    trips: (context) => anyTrips(alternatives, context),
  };
}

function compileAlternative(entry: WhenAlternative, field: string, errors: FieldErrors): Condition | undefined {
  const { change, field: fieldCondition, changesOutside, images, violatesSchema, cel } = entry;
  // A second key would be a condition that nobody asks.
  if (Object.keys(entry).length > 1) errors.add(field, ONE_KEY);
  if (change !== undefined) return compileChange(change, `${field}.change`, errors);
  if (fieldCondition !== undefined) return compileField(fieldCondition, `${field}.field`, errors);
  if (changesOutside !== undefined) return compileChangesOutside(changesOutside, `${field}.changesOutside`, errors);
  if (images !== undefined) return compileImages(images, `${field}.images`, errors);
  if (violatesSchema !== undefined) return compileViolatesSchema(violatesSchema, `${field}.violatesSchema`, errors);
  if (cel !== undefined) return compileCel(cel, `${field}.cel`, errors);
  errors.add(field, ONE_KEY);
  return undefined;
}

const alternativesOf = (entries: readonly WhenEntry[]): WhenAlternative[] =>
  entries.flatMap((entry) => [entry, ...(entry.anyOf ?? [])]);

function countExpressions(entries: readonly WhenEntry[]): number {
  return alternativesOf(entries)
    .filter(({ field }) => field?.operator === 'Matches' || field?.operator === 'NotMatches')
    .reduce((sum, { field }) => sum + (field?.values?.length ?? 0), 0);
}
