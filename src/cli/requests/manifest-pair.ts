import type { TestRequest, TestUser } from '../../api/v1alpha1.ts';
import { stringAt } from '../../policy/json.ts';
import type { ResourceInfo } from '../../policy/resource-map.ts';
import type { KubeObject } from '../../policy/review.ts';
import { groupOf, resourceOfObject, resourcesOf, versionOf } from '../../simulation/resources.ts';
import { InputError } from '../documents/input-error.ts';
import { positionText } from '../documents/position.ts';
import type { SourceObject } from './objects.ts';

/** What was there, and what will be. */
export interface ManifestPair {
  readonly old: SourceObject | undefined;
  readonly new: SourceObject | undefined;
}

/** What a pair of manifests does not tell of a request. */
export interface RequestDetails {
  readonly operation?: TestRequest['operation'] | undefined;
  readonly subresource?: string | undefined;
  readonly userInfo?: TestUser | undefined;
  readonly options?: unknown;
  readonly target?: KubeObject | undefined;
  readonly existing: readonly KubeObject[];
}

/** Subresources that clients connect to. */
const CONNECTIONS: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward', 'proxy']);

/**
 * Pairs the objects of two files: each holds one, or one of them is of the same kind, namespace and name as one of the other's.
 * Throws InputError if it can't be told which are meant.
 */
export function pairOf(
  old: readonly SourceObject[] | undefined,
  later: readonly SourceObject[] | undefined,
): ManifestPair {
  if (old === undefined || later === undefined) {
    return { old: old && onlyOne(old, 'old'), new: later && onlyOne(later, 'new') };
  }
  const pairs = old.flatMap((before) =>
    later.filter((after) => keyOf(after) === keyOf(before)).map((after) => ({ old: before, new: after })),
  );
  const [pair] = pairs;
  if (pair !== undefined && pairs.length === 1) return pair;
  const [first] = later.length === 0 ? old : later;
  throw new InputError({
    position: first?.document.at('') ?? NOWHERE,
    message:
      pairs.length === 0
        ? 'must hold an object of the same kind, namespace and name as the other file: there is none'
        : `must hold one object that is in the other file too: there are ${pairs.length}. Put the one that is meant in a file of its own`,
  });
}

const NOWHERE = { file: '-', line: 1, column: 1 };

function onlyOne(objects: readonly SourceObject[], what: string): SourceObject {
  const [first, second] = objects;
  if (first === undefined) throw new InputError({ position: NOWHERE, message: `the ${what} manifest is empty` });
  if (second === undefined) return first;
  const where = positionText(first.document.at(''));
  throw new InputError({
    position: second.document.at(''),
    message: `the ${what} manifest must hold one object: there is another at ${where}. Put the one that is meant in a file of its own`,
  });
}

function keyOf({ object }: SourceObject): string {
  const namespace = stringAt(object, 'metadata', 'namespace') ?? 'default';
  return JSON.stringify([groupOf(object), stringAt(object, 'kind'), namespace, stringAt(object, 'metadata', 'name')]);
}

/** The request that makes the one of the other: an update, or a create or delete where there is but one. */
export function requestOfPair(pair: ManifestPair, details: RequestDetails): TestRequest {
  const { subresource, options, userInfo, existing, target } = details;
  const either = pair.new ?? pair.old;
  if (either === undefined) throw new InputError({ position: NOWHERE, message: 'there must be a manifest' });
  const info = infoOf(either, existing, subresource === undefined ? undefined : target);
  const operation = details.operation ?? operationOf(pair, subresource);
  return {
    operation,
    resource: {
      group: info.group,
      version: info.version === '*' ? versionOf(either.object) : info.version,
      resource: info.resource,
    },
    ...(subresource !== undefined && { subresource }),
    ...(pair.new !== undefined && { object: pair.new.object }),
    ...(pair.old !== undefined && { oldObject: pair.old.object }),
    ...(options !== undefined && { options }),
    ...(userInfo !== undefined && { userInfo }),
  };
}

function operationOf({ old, new: after }: ManifestPair, subresource: string | undefined): TestRequest['operation'] {
  if (subresource !== undefined && CONNECTIONS.has(subresource)) return 'CONNECT';
  if (after === undefined) return 'DELETE';
  return old === undefined ? 'CREATE' : 'UPDATE';
}

/** The resource of a request. Where a subresource has a kind of its own, such as Scale, it is that of the target. */
function infoOf(
  { object, document }: SourceObject,
  existing: readonly KubeObject[],
  target: KubeObject | undefined,
): ResourceInfo {
  const resources = resourcesOf(existing);
  const own = resourceOfObject(object, resources);
  const info = own ?? (target === undefined ? undefined : resourceOfObject(target, resources));
  const kind = stringAt(object, 'kind') ?? '';
  if (info === undefined) {
    throw new InputError({
      position: document.at('kind'),
      field: 'kind',
      message: `must be known: give the CustomResourceDefinition of ${kind} among the existing objects, or the target for the body of a subresource`,
    });
  }
  if (own !== undefined && own.version !== '*' && own.version !== versionOf(object)) {
    const wanted = own.group === '' ? own.version : `${own.group}/${own.version}`;
    throw new InputError({
      position: document.at('apiVersion'),
      field: 'apiVersion',
      message: `must be ${wanted}: the API server converts ${kind} to it before it is judged`,
    });
  }
  return info;
}
