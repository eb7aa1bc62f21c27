import type { RecordedRequest } from './recorder.ts';
import type { Stage } from './stage.ts';

/** Something that people or controllers do, and the reviews of it that are kept. */
export interface Scene {
  /** Sets the scene: what happens here is not kept. */
  readonly given?: (stage: Stage) => Promise<unknown>;
  readonly act: (stage: Stage) => Promise<unknown>;
  /** By the name of the file. */
  readonly keeps: Readonly<Record<string, (request: RecordedRequest) => boolean>>;
}

/** What a kept review is known by. */
export interface Picked {
  /** With its subresource: deployments/scale. */
  readonly on: string;
  readonly by?: string;
  readonly name?: string;
  readonly where?: (request: RecordedRequest) => boolean;
}

/** The predicate of an operation. */
export const picked =
  (operation: string, { on, by, name, where }: Picked) =>
  (request: RecordedRequest): boolean => {
    const { resource, subResource, userInfo, object, oldObject } = request;
    const place = subResource ? `${resource.resource}/${subResource}` : resource.resource;
    const realName = request.name || object?.metadata?.name || oldObject?.metadata?.name || '';
    return (
      request.operation === operation &&
      place === on &&
      (by === undefined ? !userInfo.username.includes('controller') : userInfo.username === by) &&
      (name === undefined || realName === name || realName.startsWith(`${name}-`)) &&
      (where === undefined || where(request))
    );
  };

/** The account of a controller of the controller manager. */
export const controller = (name: string): string => `system:serviceaccount:kube-system:${name}`;
