import type { RecordedObject, RecordedReview } from './recorder.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** What varies from run to run, and what it becomes. */
const VARYING: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '2026-01-01T00:00:00Z'],
  [/\bkube-api-access-[a-z0-9]{5}\b/g, 'kube-api-access-abcde'],
  [/\bdebugger-[a-z0-9]{5}\b/g, 'debugger-abcde'],
];

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/**
 * Makes a review the same in every run: no managedFields and no credential ids, and numbered uids, one time, one
 * resourceVersion and one suffix of generated names.
 */
export function normalise(review: RecordedReview): Json {
  const kept = prune(withoutRaces(review), '');
  let text = JSON.stringify(kept);
  for (const name of generatedNames(kept)) text = text.replaceAll(name.full, `${name.prefix}abcde`);
  for (const [pattern, stable] of VARYING) text = text.replace(pattern, stable);
  const numbers = new Map<string, number>();
  text = text.replace(UUID, (uuid) => {
    const number = numbers.get(uuid) ?? numbers.size + 1;
    numbers.set(uuid, number);
    return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  });
  return JSON.parse(text) as Json;
}

/**
 * What a workload's controller has come to write meanwhile is a matter of milliseconds. Of a status that is written, what
 * the controllers write stays out; the writes of the controllers themselves are kept as they are.
 */
function withoutRaces(review: RecordedReview): Json {
  const { request } = review;
  const isStatus = request.subResource === 'status';
  if (isStatus && request.userInfo.username.includes('controller')) return review as unknown as Json;
  const still = (object: RecordedObject | null | undefined) => {
    if (!object || !WORKLOADS.has(object.kind ?? '')) return object;
    const { collisionCount } = object.status ?? {};
    return { ...object, status: isStatus && collisionCount !== undefined ? { collisionCount } : {} };
  };
  const settled = { ...request, object: still(request.object), oldObject: still(request.oldObject) };
  return { ...review, request: settled } as unknown as Json;
}

const WORKLOADS = new Set(['Deployment', 'StatefulSet', 'ReplicaSet', 'ReplicationController', 'Job', 'Scale']);

/** `extra` of a user holds a hash of the certificate or the id of the token. */
const DROPPED = new Set(['managedFields', 'extra']);

function prune(value: Json, key: string): Json {
  if (key === 'resourceVersion' && typeof value === 'string' && value !== '') return '1000';
  if (Array.isArray(value)) return value.map((item) => prune(item, ''));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !DROPPED.has(name))
      .map(([name, inner]) => [name, prune(inner, name)]),
  );
}

function generatedNames(value: Json): { prefix: string; full: string }[] {
  if (value === null || typeof value !== 'object') return [];
  if (Array.isArray(value)) return value.flatMap(generatedNames);
  const { name, generateName } = value;
  const own =
    typeof name === 'string' && typeof generateName === 'string' && name.startsWith(generateName)
      ? [{ prefix: generateName, full: name }]
      : [];
  return [...own, ...Object.values(value).flatMap(generatedNames)];
}
