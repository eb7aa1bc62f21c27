import type { ActionType, FieldCondition, WhenEntry } from '../../src/api/v1alpha1.ts';
import { parseImageReference } from '../../src/policy/image-reference.ts';
import { ScanIndex } from '../../src/policy/scan-index.ts';
import type { ScanSource } from '../../src/policy/scan-source.ts';
import { NAMESPACE, RELEASE_IMAGES } from './deployment.ts';

/** A condition whose time is measured. It does not hold for the release, so that nothing of it is left out. */
export interface ConditionCase {
  readonly name: string;
  readonly entry: WhenEntry;
  /** The action that it judges; ScaleDown, which is found at once, if it is left out. */
  readonly action?: ActionType;
}

const IMAGE = '$.spec.template.spec.containers[*].image';
const MEMORY = '$.spec.template.spec.containers[*].resources.limits.memory';

const field = (condition: FieldCondition): ConditionCase => ({
  name: `field ${condition.operator}`,
  entry: { field: condition },
});

/** What a team may leave to its pipeline: all that the release changes. */
const RELEASED = [
  '$.spec.replicas',
  IMAGE,
  '$.spec.template.spec.initContainers[*].image',
  "$.metadata.annotations['example.com/release']",
];

const SCHEMA = {
  type: 'object',
  required: ['metadata', 'spec'],
  properties: {
    metadata: { type: 'object', required: ['labels'], properties: { labels: { type: 'object', required: ['team'] } } },
    spec: {
      type: 'object',
      properties: {
        replicas: { type: 'integer', minimum: 2, maximum: 100 },
        template: {
          type: 'object',
          properties: {
            spec: {
              type: 'object',
              properties: {
                containers: {
                  type: 'array',
                  maxItems: 8,
                  items: { type: 'object', required: ['name', 'image', 'resources'] },
                },
              },
            },
          },
        },
      },
    },
  },
};

const CONTAINERS = 'object.spec.template.spec.containers';

/** Every kind of condition, one row each. A new kind is a new row. */
export const CONDITIONS: readonly ConditionCase[] = [
  { name: 'change, of the action', entry: { change: { type: 'Decreased', byMoreThan: '50%' } } },
  { name: 'change, of all of an Update', entry: { change: { type: 'Increased' } }, action: 'Update' },
  { name: 'change with path', entry: { change: { path: MEMORY, type: 'Increased' } } },
  field({ path: MEMORY, operator: 'DoesNotExist' }),
  field({ path: '$.spec.strategy.type', operator: 'Equals', values: ['Recreate'] }),
  field({ path: '$.metadata.labels.tier', operator: 'In', values: ['silver', 'bronze'] }),
  field({ path: IMAGE, operator: 'Glob', values: ['*:latest', 'docker.io/*'] }),
  field({ path: IMAGE, operator: 'Matches', values: ['.*:latest', '[^:@]+'] }),
  field({ path: MEMORY, operator: 'GreaterThan', values: ['4Gi'] }),
  { name: 'field below ..', entry: { field: { path: '$..image', operator: 'Equals', values: ['nginx'] } } },
  { name: 'changesOutside', entry: { changesOutside: RELEASED } },
  { name: 'images notFrom', entry: { images: { notFrom: ['mirror.example.com/*', 'registry.example.com/*'] } } },
  { name: 'images tags', entry: { images: { tags: ['latest', '*-dev', '*-snapshot'] } } },
  { name: 'images withoutDigest', entry: { images: { withoutDigest: true } } },
  { name: 'images scan', entry: { images: { scan: { maxCritical: 0, maxHigh: 5, onSourceUnavailable: 'Deny' } } } },
  { name: 'violatesSchema', entry: { violatesSchema: SCHEMA } },
  { name: 'cel, a comparison', entry: { cel: 'object.spec.replicas < 2 && oldObject.spec.replicas >= 2' } },
  { name: 'cel, all containers', entry: { cel: `${CONTAINERS}.exists(c, !('memory' in c.resources.limits))` } },
  {
    name: 'cel, quantities of all containers',
    entry: { cel: `${CONTAINERS}.exists(c, quantity(c.resources.limits.memory).compareTo(quantity('4Gi')) > 0)` },
  },
  {
    name: 'anyOf',
    entry: {
      anyOf: [
        { change: { path: '$.spec.strategy.type', type: 'Changed' } },
        { field: { path: IMAGE, operator: 'Glob', values: ['*:latest'] } },
        { images: { notFrom: ['registry.example.com/*'] } },
      ],
    },
  },
];

/** A condition that takes next to no time: what an evaluation takes with it is taken off. */
export const NOTHING: WhenEntry = { field: { path: '$', in: 'OldObject', operator: 'DoesNotExist' } };

/** Reports on a thousand images, those of the release among them. */
export const SCANS: ScanSource = { kind: 'Ready', reports: scanIndex() };

function scanIndex(): ScanIndex {
  const index = new ScanIndex();
  const others = Array.from({ length: 1_000 }, (_, number) => `registry.example.com/other/service-${number}:1.0.0`);
  for (const image of [...RELEASE_IMAGES, ...others]) {
    const { repository, tag, digest } = parseImageReference(image) ?? {};
    index.set(image, { namespace: NAMESPACE, repository, tag, digest, critical: 0, high: 2, time: Date.now() });
  }
  return index;
}
