import { numberAt, ownAt, stringAt } from './json.ts';
import { resourceKey } from './resource-map.ts';
import type { GroupResource, KubeObject } from './review.ts';

/** What an autoscaler does to the replicas of one object. */
export interface AutoscalerBounds {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Whether it leaves alone what has no replicas: a HorizontalPodAutoscaler is off then. */
  readonly sparesZero: boolean;
}

type Read = (object: KubeObject) => AutoscalerBounds | undefined;

/** Pins the replicas of what a ScaledObject scales to this number. KEDA reads no other texts than whole numbers. */
const PAUSED_REPLICAS = 'autoscaling.keda.sh/paused-replicas';

const READ: ReadonlyMap<string, Read> = new Map<string, Read>([
  [
    'horizontalpodautoscalers.autoscaling',
    (object) => {
      const max = numberAt(object, 'spec', 'maxReplicas');
      if (max === undefined) return undefined;
      return bounds(object, '', '', numberAt(object, 'spec', 'minReplicas') ?? 1, max, true);
    },
  ],
  [
    'scaledobjects.keda.sh',
    (object) => {
      const paused = pausedReplicas(object);
      const min = paused ?? numberAt(object, 'spec', 'minReplicaCount') ?? 0;
      const max = paused ?? numberAt(object, 'spec', 'maxReplicaCount') ?? 100;
      return bounds(object, 'apps/v1', 'Deployment', min, max, false);
    },
  ],
]);

/** Reads an autoscaler. Returns undefined for what is none, or names nothing that it scales. */
export function readAutoscaler(resource: GroupResource, object: KubeObject | undefined): AutoscalerBounds | undefined {
  return object && READ.get(resourceKey(resource))?.(object);
}

function bounds(
  object: KubeObject,
  defaultApiVersion: string,
  defaultKind: string,
  min: number,
  max: number,
  sparesZero: boolean,
): AutoscalerBounds | undefined {
  const reference = ownAt(object, ['spec', 'scaleTargetRef']);
  const name = stringAt(reference, 'name') ?? '';
  const kind = stringAt(reference, 'kind') || defaultKind;
  const apiVersion = stringAt(reference, 'apiVersion') || defaultApiVersion;
  if (name === '' || kind === '') return undefined;
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  return { group, kind, name, min, max, sparesZero };
}

function pausedReplicas(object: KubeObject): number | undefined {
  const text = stringAt(object, 'metadata', 'annotations', PAUSED_REPLICAS);
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
