import type { WhenAlternative, WhenEntry } from '../../api/v1alpha1.ts';
import type { FieldErrors } from '../field-error.ts';
import { compileCel } from './cel.ts';
import { compileChange } from './change.ts';
import { compileChangesOutside } from './changes-outside.ts';
import {
  allNeeds,
  allTrip,
  anyTrips,
  type CompiledWhen,
  NEEDS_NOTHING,
  type WhenPart,
  type WrittenCondition,
} from './condition.ts';
import { compileField } from './field.ts';
import { compileImages } from './images.ts';
import { compileViolatesSchema } from './violates-schema.ts';

/** Each takes time to compile, and keeps all requests waiting meanwhile. */
const MAX_EXPRESSIONS = 100;
const MAX_SCHEMAS = 4;

const ONE_KEY = 'must have exactly one key: change, field, changesOutside, images, violatesSchema, cel or anyOf';

/** Compiles `spec.when`. All entries must hold; without entries it always trips. */
export function compileWhen(entries: readonly WhenEntry[], errors: FieldErrors): CompiledWhen {
  if (countExpressions(entries) > MAX_EXPRESSIONS) {
    errors.add('spec.when', `must not have more than ${MAX_EXPRESSIONS} regular expressions in all`);
    return NO_ENTRIES;
  }
  if (alternativesOf(entries).filter(({ violatesSchema }) => violatesSchema !== undefined).length > MAX_SCHEMAS) {
    errors.add('spec.when', `must not have more than ${MAX_SCHEMAS} schemas in all`);
    return NO_ENTRIES;
  }
  const parts = entries
    .map((entry, index) => compileEntry(entry, `spec.when[${index}]`, errors))
    .filter((part) => part !== undefined);
  const conditions = parts.map(({ condition }) => condition);
  return {
    entries: parts,
    needs: allNeeds(conditions),
    trips: (context) => allTrip(conditions, context),
  };
}

const NO_ENTRIES: CompiledWhen = { entries: [], needs: NEEDS_NOTHING, trips: () => true };

function compileEntry(entry: WhenEntry, field: string, errors: FieldErrors): WhenPart | undefined {
  if (entry.anyOf === undefined) return compileAlternative(entry, field, errors);
  if (Object.keys(entry).length > 1) errors.add(field, ONE_KEY);
  const parts = entry.anyOf
    .map((alternative, index) => compileAlternative(alternative, `${field}.anyOf[${index}]`, errors))
    .filter((part) => part !== undefined);
  const alternatives = parts.map(({ condition }) => condition);
  return {
    field: `${field}.anyOf`,
    condition: { needs: allNeeds(alternatives), trips: (context) => anyTrips(alternatives, context) },
    describe: undefined,
    alternatives: parts,
  };
}

function compileAlternative(entry: WhenAlternative, field: string, errors: FieldErrors): WhenPart | undefined {
  const { change, field: values, changesOutside, images, violatesSchema, cel } = entry;
  // A second key would be a condition that nobody asks.
  if (Object.keys(entry).length > 1) errors.add(field, ONE_KEY);
  if (change !== undefined) return partOf(`${field}.change`, (place) => compileChange(change, place, errors));
  if (values !== undefined) return partOf(`${field}.field`, (place) => compileField(values, place, errors));
  if (changesOutside !== undefined) {
    return partOf(`${field}.changesOutside`, (place) => compileChangesOutside(changesOutside, place, errors));
  }
  if (images !== undefined) return partOf(`${field}.images`, (place) => compileImages(images, place, errors));
  if (violatesSchema !== undefined) {
    return partOf(`${field}.violatesSchema`, (place) => compileViolatesSchema(violatesSchema, place, errors));
  }
  if (cel !== undefined) return partOf(`${field}.cel`, (place) => compileCel(cel, place, errors));
  errors.add(field, ONE_KEY);
  return undefined;
}

function partOf(field: string, compile: (field: string) => WrittenCondition | undefined): WhenPart | undefined {
  const condition = compile(field);
  if (condition === undefined) return undefined;
  return { field, condition, describe: (context) => condition.describe(context), alternatives: [] };
}

const alternativesOf = (entries: readonly WhenEntry[]): WhenAlternative[] =>
  entries.flatMap((entry) => [entry, ...(entry.anyOf ?? [])]);

function countExpressions(entries: readonly WhenEntry[]): number {
  return alternativesOf(entries)
    .filter(({ field }) => field?.operator === 'Matches' || field?.operator === 'NotMatches')
    .reduce((sum, { field }) => sum + (field?.values?.length ?? 0), 0);
}
