import type { Change } from '../decision.ts';
import { cut, describeChanges, oneLine, valueText } from '../describe.ts';
import { redactChanges } from '../redact.ts';
import type { GroupResource, Review } from '../review.ts';

const MAX_NAMED = 3;
const MAX_PATH_LENGTH = 200;

/** Changes of an action, as they may be shown; "" if there are none. */
export function shownChanges(review: Review, changes: readonly Change[]): string {
  return describeChanges(redactChanges(review, changes));
}

/** Old and new values of an object of a resource, as far as they may be shown. */
export function shownPairs(resource: GroupResource, pairs: readonly Change[]): string {
  return describeChanges(redactBody(resource, pairs));
}

/** The values (each the `to` of its place) of an object of a resource, as far as they may be shown; "" if none may. */
export function shownValues(resource: GroupResource, values: readonly Change[]): string {
  return valuesText(redactBody(resource, values));
}

/** Values and where they stand. */
export function valuesText(values: readonly Change[]): string {
  const shown = values.filter(({ to }) => to !== undefined);
  const texts = shown
    .slice(0, MAX_NAMED)
    .map(({ path, to }) => `${cut(oneLine(path), MAX_PATH_LENGTH)} ${valueText(to)}`);
  if (shown.length > MAX_NAMED) texts.push(`and ${shown.length - MAX_NAMED} more`);
  return texts.join(', ');
}

/** What is shown of a connection by its changes was chosen for these: of the body itself nothing is. */
const redactBody = ({ group, resource }: GroupResource, values: readonly Change[]): readonly Change[] =>
  redactChanges({ group, resource, operation: 'UPDATE' }, values);
