import type { Change } from '../decision.ts';
import { diff } from '../diff.ts';
import { isObject, listAt, own, stringAt } from '../json.ts';
import { resourceKey } from '../resource-map.ts';
import type { GroupResource, KubeObject } from '../review.ts';
import type { Action, ActionEvent } from './action.ts';
import { mapChanges } from './changes.ts';
import { HORIZONTAL_POD_AUTOSCALER, SCALED_OBJECT } from './resources.ts';

const AUTOSCALERS: readonly GroupResource[] = [
  ...HORIZONTAL_POD_AUTOSCALER,
  ...SCALED_OBJECT,
  { group: 'autoscaling.k8s.io', resource: 'verticalpodautoscalers' },
];

const KEYS: ReadonlySet<string> = new Set(AUTOSCALERS.map(resourceKey));

/** The bounds or the target of an autoscaler change. */
export const autoscalingChange: Action = {
  name: 'AutoscalingChange',
  implies: [],
  summary: 'An autoscaler comes or goes, or its bounds, its target or what it scales by change.',
  resources: {
    builtIn: AUTOSCALERS,
    custom: () => false,
    text: 'horizontalpodautoscalers, scaledobjects of KEDA, verticalpodautoscalers',
  },
  routes: [
    { operation: 'CREATE', subresource: '' },
    { operation: 'UPDATE', subresource: '' },
    { operation: 'DELETE', subresource: '' },
  ],
  notes: [
    'Everything in the spec counts, another order of the metrics apart; in an update only what changes.',
    'The annotations by which KEDA pauses a ScaledObject, or takes over the HorizontalPodAutoscaler of somebody else, count as well. Their values are not told.',
    'KEDA writes the HorizontalPodAutoscalers of its ScaledObjects under an account of its own: exclude that in `subjects` if both are guarded.',
    'An autoscaler that moves the replicas of its target by new bounds is a ScaleUp or ScaleDown of the target too.',
  ],
  unseen: [
    'What the autoscaler makes of metrics: who can change these can scale.',
    'The TriggerAuthentications of KEDA, which say where its triggers look.',
    'The objects that go with their CustomResourceDefinition: guard Delete of scaledobjects and verticalpodautoscalers.',
  ],
  detect: ({ review, target }) => {
    if (!KEYS.has(resourceKey(review))) return undefined;
    const changes = [
      ...diff(specOf(target.old), specOf(target.new), '$.spec'),
      ...annotationChanges(review.operation, target),
    ];
    if (changes.length > 0) return changes;
    return review.operation === 'UPDATE' ? undefined : [{ path: '$', from: target.old, to: target.new }];
  },
};

/** The spec, with a name for each of the metrics: these have none, and their order means nothing. */
function specOf(object: KubeObject | undefined): object {
  const spec = own(object, 'spec');
  if (!isObject(spec)) return {};
  if (!Array.isArray(own(spec, 'metrics'))) return spec;
  return { ...spec, metrics: listAt(spec, 'metrics').map((metric) => withName(metric)) };
}

/** What a metric is known by in each of its forms, such as Resource/cpu or ContainerResource/web/memory. */
function withName(metric: unknown): unknown {
  if (!isObject(metric)) return metric;
  const type = stringAt(metric, 'type') ?? '';
  const source = own(metric, `${type.charAt(0).toLowerCase()}${type.slice(1)}`);
  const parts = [
    stringAt(source, 'container'),
    stringAt(source, 'describedObject', 'name'),
    stringAt(source, 'name') ?? stringAt(source, 'metric', 'name'),
  ];
  return { name: [type, ...parts].filter((part) => part !== undefined).join('/'), ...metric };
}

/**
 * Annotations that say what an autoscaler does: KEDA's, and the parts of a HorizontalPodAutoscaler that its version 1 has no
 * fields for.
 */
const ANNOTATIONS = [
  'autoscaling.keda.sh/',
  'scaledobject.keda.sh/',
  'autoscaling.alpha.kubernetes.io/metrics',
  'autoscaling.alpha.kubernetes.io/behavior',
  'autoscaling.alpha.kubernetes.io/scale-',
];

/** A new object comes with its annotations, and an old one goes with them. */
function annotationChanges(operation: string, { old, new: after }: ActionEvent['target']): Change[] {
  if (operation !== 'UPDATE') return [];
  return mapChanges('annotations', old, after, (key) => ANNOTATIONS.some((prefix) => key.startsWith(prefix)));
}
