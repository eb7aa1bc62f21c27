import type { Change } from './decision.ts';
import { isScalar } from './json.ts';
import { resourceKey } from './resource-map.ts';
import type { GroupResource, Review } from './review.ts';

/** Kinds whose content is secret as a whole: of them only metadata is shown. */
const SECRET_KINDS: ReadonlySet<string> = new Set(['secrets.', 'configmaps.']);

/** Keys under which values may be secret, wherever they stand. */
export const SECRET_KEYS: ReadonlySet<string> = new Set([
  'data',
  'stringData',
  'binaryData',
  'env',
  'envFrom',
  'value',
  'valueFrom',
  'annotations',
  'token',
  'command',
  'args',
]);

/** Strings are shown at these places alone: what a rule is about, and nothing that anybody writes secrets into. */
const SHOWN_STRINGS = [
  /^\$\.metadata\.(labels|finalizers|ownerReferences)\b/,
  /^\$\.spec\.finalizers\b/,
  /\.image$/,
  /\.image\.reference$/,
];

/** What a CONNECT is told by. Of a command that is run, the row itself shows the program alone. */
const SHOWN_OF_CONNECT: ReadonlySet<string> = new Set(['$.container', '$.command', '$.ports']);

/** Whether a resource's content is secret as a whole. */
export function isSecretKind(resource: GroupResource): boolean {
  return SECRET_KINDS.has(resourceKey(resource));
}

/**
 * What of some changes may be shown: numbers and booleans, and strings where a rule needs to name them. All other values
 * are left out and their path is kept. Nothing of a Secret or ConfigMap but its metadata.
 */
export function redactChanges(
  review: Pick<Review, keyof GroupResource | 'operation'>,
  changes: readonly Change[],
): Change[] {
  const isSecret = isSecretKind(review);
  return changes.map(({ path, from, to }) => {
    const isConnect = review.operation === 'CONNECT' && SHOWN_OF_CONNECT.has(path);
    const isHidden = !isConnect && ((isSecret && !path.startsWith('$.metadata.')) || hasSecretKey(path));
    const shown = (value: unknown) => (!isHidden && (isConnect || mayShow(path, value)) ? { shown: value } : undefined);
    const before = shown(from);
    const after = shown(to);
    return { path, ...(before && { from: before.shown }), ...(after && { to: after.shown }) };
  });
}

function mayShow(path: string, value: unknown): boolean {
  if (Array.isArray(value)) return value.every((item) => isScalar(item) && mayShow(path, item));
  if (typeof value === 'string') return SHOWN_STRINGS.some((pattern) => pattern.test(path));
  return isScalar(value);
}

/**
 * Whether a path leads through a key under which secrets may stand. The names of list items are no keys (a container may
 * well be called `data`), and neither are those of labels (`env` is a common one).
 */
export function hasSecretKey(path: string): boolean {
  if (path.startsWith('$.metadata.labels')) return false;
  return path
    .replace(/\[[^'\]]*\]/g, '.')
    .split(/[.[\]']+/)
    .some((key) => SECRET_KEYS.has(key));
}
