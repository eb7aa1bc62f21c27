import { describe, expect, test } from 'vitest';
import { review, widgetUpdate } from '../support/reviews.ts';
import { changesOf, podUpdate, TEMPLATED, templateUpdate, told } from '../support/workloads.ts';

const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';
const annotated = (annotations?: object, spec: object = { nodeName: 'a' }) => ({
  metadata: { labels: { app: 'web' }, ...(annotations && { annotations }) },
  spec,
});

describe('PodTemplateChange', () => {
  test.each(TEMPLATED)('sees the pod spec of %s', (kind) => {
    expect(changesOf('PodTemplateChange', podUpdate({ nodeName: 'a' }, { nodeName: 'b' }, kind))).toHaveLength(1);
  });

  test.each(['pods', 'controllerrevisions'])('does not see %s', (kind) => {
    expect(changesOf('PodTemplateChange', podUpdate({ nodeName: 'a' }, { nodeName: 'b' }, kind))).toBeUndefined();
  });

  const env = (...names: readonly string[]) => ({
    containers: [{ name: 'web', env: names.map((name) => ({ name })) }],
  });
  const containers = (...names: readonly string[]) => ({ containers: names.map((name) => ({ name })) });
  const inits = (...names: readonly string[]) => ({ initContainers: names.map((name) => ({ name })) });
  const args = (...list: readonly string[]) => ({ containers: [{ name: 'web', args: list }] });

  test.each([
    ['an added container', containers('a'), containers('a', 'b'), ['$.spec.template.spec.containers[b]']],
    ['another order of init containers', inits('a', 'b'), inits('b', 'a'), ['$.spec.template.spec.initContainers']],
    ['another order of variables', env('A', 'B'), env('B', 'A'), ['$.spec.template.spec.containers[web].env']],
    [
      'another order of arguments',
      args('a', 'b'),
      args('b', 'a'),
      ['$.spec.template.spec.containers[web].args[0]', '$.spec.template.spec.containers[web].args[1]'],
    ],
    [
      'another order of containers, which replaces all Pods',
      containers('a', 'b'),
      containers('b', 'a'),
      ['$.spec.template.spec.containers'],
    ],
    ['a field that is removed', { hostNetwork: true }, {}, ['$.spec.template.spec.hostNetwork']],
  ])('sees %s', (_name, from, to, paths) => {
    const changes = changesOf('PodTemplateChange', podUpdate(from, to));
    expect(changes?.map(({ path }) => path)).toEqual(paths);
  });

  test('sees the metadata of the template, and not that of the workload', () => {
    const changes = changesOf(
      'PodTemplateChange',
      templateUpdate({ metadata: {} }, { metadata: { labels: { a: 'b' } } }),
    );
    expect(changes?.map(({ path }) => path)).toEqual(['$.spec.template.metadata.labels']);
    const of = review({ oldObject: { metadata: { labels: {} } }, object: { metadata: { labels: { a: 'b' } } } });
    expect(changesOf('PodTemplateChange', of)).toBeUndefined();
  });

  test.each([
    ['the same template', annotated(), annotated()],
    ['null in the place of nothing', { spec: { a: null } }, { spec: {} }],
  ])('does not see %s', (_name, from, to) => {
    expect(changesOf('PodTemplateChange', templateUpdate(from, to))).toBeUndefined();
  });

  test('does not see a workload that comes or goes', () => {
    const object = { spec: { template: { spec: { nodeName: 'a' } } } };
    expect(changesOf('PodTemplateChange', review({ operation: 'CREATE', object }))).toBeUndefined();
    expect(changesOf('PodTemplateChange', review({ operation: 'DELETE', oldObject: object }))).toBeUndefined();
  });

  test('sees every template of a custom resource, where a guardrail says that they are', () => {
    const tasks = (first: string, second: string) => ({
      spec: {
        tasks: [
          { name: 'one', template: { spec: { nodeName: first } } },
          { name: 'two', template: { spec: { nodeName: second } } },
        ],
        other: first,
      },
    });
    const of = widgetUpdate(tasks('a', 'a'), tasks('a', 'b'));
    expect(changesOf('PodTemplateChange', of)).toBeUndefined();
    expect(told(changesOf('PodTemplateChange', of, '$.spec.tasks[*].template'))).toEqual([
      '$.spec.tasks[two].template.spec.nodeName a -> b',
    ]);
    expect(changesOf('PodTemplateChange', of, '$.spec.nowhere.template')).toBeUndefined();
  });
});

describe('Restart', () => {
  const path = `$.spec.template.metadata.annotations['${RESTARTED_AT}']`;

  test.each([
    ['the annotation comes', annotated(), annotated({ [RESTARTED_AT]: '1' }), `${path} nothing -> 1`],
    [
      'it comes with the first metadata',
      { spec: {} },
      { metadata: { annotations: { [RESTARTED_AT]: '1' } }, spec: {} },
      `${path} nothing -> 1`,
    ],
    [
      'it changes beside others',
      annotated({ a: 'b', [RESTARTED_AT]: '1' }),
      annotated({ a: 'b', [RESTARTED_AT]: '2' }),
      `${path} 1 -> 2`,
    ],
    [
      'it goes, which replaces the Pods as well',
      annotated({ [RESTARTED_AT]: '1' }),
      annotated(),
      `${path} 1 -> nothing`,
    ],
    ['it goes and leaves an empty map', annotated({ [RESTARTED_AT]: '1' }), annotated({}), `${path} 1 -> nothing`],
  ])('%s', (_name, from, to, expected) => {
    expect(told(changesOf('Restart', templateUpdate(from, to)))).toEqual([expected]);
    expect(changesOf('PodTemplateChange', templateUpdate(from, to))).toHaveLength(1);
  });

  test.each([
    ['nothing changes', annotated({ [RESTARTED_AT]: '1' }), annotated({ [RESTARTED_AT]: '1' })],
    ['another annotation changes too', annotated({ a: 'b' }), annotated({ a: 'c', [RESTARTED_AT]: '1' })],
    ['another annotation alone changes', annotated(), annotated({ restartedAt: '1' })],
    ['the spec changes too', annotated(), annotated({ [RESTARTED_AT]: '1' }, { nodeName: 'b' })],
    ['a label changes too', annotated(), { ...annotated(), metadata: { annotations: { [RESTARTED_AT]: '1' } } }],
  ])('is none where %s', (_name, from, to) => {
    expect(changesOf('Restart', templateUpdate(from, to))).toBeUndefined();
  });

  test('is none where the annotation is of the workload itself', () => {
    const of = review({ oldObject: { metadata: {} }, object: { metadata: { annotations: { [RESTARTED_AT]: '1' } } } });
    expect(changesOf('Restart', of)).toBeUndefined();
  });

  test('is none where one template of a custom resource is restarted and another changes', () => {
    const of = (first: object, second: object) => ({ spec: { one: { template: first }, two: { template: second } } });
    const path = '$.spec.*.template';
    const restarted = annotated({ [RESTARTED_AT]: '1' });
    const both = widgetUpdate(of(annotated(), annotated()), of(restarted, annotated({}, { nodeName: 'b' })));
    expect(changesOf('Restart', both, path)).toBeUndefined();
    const one = widgetUpdate(of(annotated(), annotated()), of(restarted, annotated()));
    expect(changesOf('Restart', one, path)).toHaveLength(1);
  });
});
