import { describe, expect, test } from 'vitest';
import { review, widgetUpdate } from '../support/reviews.ts';
import { changesOf, KINDS, podCreate, podUpdate, told } from '../support/workloads.ts';

const container = (image: string, name = 'web') => ({ containers: [{ name, image }] });

describe('ImageChange', () => {
  test.each(Object.keys(KINDS))('of %s', (kind) => {
    expect(changesOf('ImageChange', podCreate(container('a'), kind))).toHaveLength(1);
    expect(changesOf('ImageChange', podUpdate(container('a'), container('b'), kind))).toHaveLength(1);
    expect(changesOf('ImageChange', podUpdate(container('a'), container('a'), kind))).toBeUndefined();
  });

  test('a container that moves to another list brings its image in there', () => {
    const of = podUpdate(container('a'), { initContainers: [{ name: 'web', image: 'a' }] });
    expect(told(changesOf('ImageChange', of))).toEqual(['$.spec.template.spec.initContainers[web].image nothing -> a']);
  });

  const flow = (images: Readonly<Record<string, string>>) => ({
    spec: { steps: Object.entries(images).map(([name, image]) => ({ name, template: { spec: container(image) } })) },
  });

  test('of every template of a custom resource, where a guardrail says that they are', () => {
    const of = widgetUpdate(flow({ one: 'a', two: 'a' }), flow({ two: 'b', one: 'a', three: 'c' }));
    expect(told(changesOf('ImageChange', of, '$.spec.steps[*].template'))).toEqual([
      '$.spec.steps[two].template.spec.containers[web].image a -> b',
      '$.spec.steps[three].template.spec.containers[web].image nothing -> c',
    ]);
    expect(changesOf('ImageChange', of)).toBeUndefined();
  });

  test('of a custom resource that comes into being', () => {
    const of = review({ operation: 'CREATE', group: 'example.com', resource: 'widgets', object: flow({ one: 'a' }) });
    expect(told(changesOf('ImageChange', of, '$.spec.steps[*].template'))).toEqual([
      '$.spec.steps[one].template.spec.containers[web].image nothing -> a',
    ]);
  });
});
