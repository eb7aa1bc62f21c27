import { describe, expect, test } from 'vitest';
import { compileMessageTemplate } from '../../../src/policy/message-template.ts';
import type { KubeObject, Review } from '../../../src/policy/review.ts';
import { type Cluster, compiled, EVERYTHING, findingOf } from './support/judge.ts';
import { captured, review, widgetUpdate } from './support/reviews.ts';

/** What the person is told after the guardrail's own sentence. */
function rendered(message: string, of: Review, cluster: Cluster = {}): string {
  const loaded = compiled({ actions: ['Create', 'Update', 'Delete', 'Exec'], resources: EVERYTHING }, { message });
  const text = findingOf(loaded, of, cluster)?.message ?? '';
  return text.slice(text.indexOf('. ') + 2);
}

const ESC = '\u001b[31m';
const OF = review({
  oldObject: { spec: { tier: 'old' } },
  object: {
    metadata: { name: 'web', labels: { env: 'prod', evil: `a\nb${ESC}\u202e\u0085` } },
    spec: {
      tier: 'new',
      replicas: 3,
      on: true,
      list: ['a', 'b'],
      containers: [{ name: 'c', image: 'i' }],
      nothing: null,
    },
  },
});

describe('messages', () => {
  test.each([
    ['plain', 'plain'],
    ['{{$.object.spec.tier}} was {{ $.oldObject.spec.tier }}', 'new was old'],
    ['{{ $.target.metadata.name }}', 'web'],
    ['{{ $.target.metadata.labels.env }}', 'prod'],
    ["{{ $['object']['metadata']['labels']['env'] }}", 'prod'],
    ['{{ $.object.spec.replicas }} {{ $.object.spec.on }}', '3 true'],
    ['{{ $.object.spec.list }}', 'a, b'],
    ['{{ $.object.spec.list[*] }}', 'a, b'],
    ['{{ $.object.spec.list[1] }}', 'b'],
    ['{{ $.object.spec.containers[*].image }}', 'i'],
    ['{{ $.object.spec.containers[0] }}', 'c'],
    ['{{ $.object.spec.containers }}', '<object>'],
    ['{{ $.object.spec.missing }} {{ $.object.spec.nothing }}', '<none> <none>'],
    ['{{ $.request.userInfo.username }} {{ $.request.userInfo.groups[0] }}', 'alice developers'],
    ['{{ $.action.type }} {{ $.action.types }}', 'Update Update'],
    ['{{ $.namespace.metadata.labels.env }}', 'production'],
    ['{{ $.options.fieldManager }}', '<none>'],
    ['{{ $.object.metadata.labels.evil }}', 'a b [31m '],
    [`a\nb${ESC}c`, 'a b [31mc'],
    ['}} a', '}} a'],
  ])('%j tells %j', (message, expected) => expect(rendered(message, OF)).toBe(expected));

  test('a value that is too long is cut', () => {
    const of = review({ oldObject: {}, object: { metadata: { name: 'n'.repeat(1000) } } });
    expect(rendered('{{ $.object.metadata.name }}', of)).toBe(`${'n'.repeat(255)}…`);
  });

  test.each([
    '{{ $.object }}',
    '{{ $.target[*] }}',
    '{{ $.object..name }}',
    '{{ $.object.spec[0:1] }}',
    '{{ $.object.data.password }}',
    "{{ $.object['data'] }}",
    '{{ $.object["stringData"].a }}',
    '{{ $.oldObject.binaryData.a }}',
    '{{ $.target.metadata.annotations }}',
    "{{ $.target.metadata.annotations['a/b'] }}",
    '{{ $.namespace.metadata.annotations.a }}',
    '{{ $.namespace }}',
    '{{ $.object.spec.containers[*].env[*].value }}',
    '{{ $.object.spec.containers[0].envFrom }}',
    '{{ $.object.spec.containers[*].*.x }}',
    '{{ $.object.spec.containers[0][*] }}',
    '{{ $.object.command[1] }}',
    '{{ $.object.spec.containers[0].args }}',
    '{{ $.object.status.token }}',
  ])('%s is refused: it can reach what may be secret', (message) => {
    expect(() => compileMessageTemplate(message)).toThrow('must not show what may be secret');
  });

  test.each([
    ['{{ $.nothing.a }}', 'must read one of object, oldObject, target, options, namespace, request, action'],
    ['{{ $ }}', 'must read one of'],
    ['{{ $.* }}', 'must read one of'],
    ['{{ $..object }}', 'must read one of'],
    ['a {{ $.object.a', 'must close the placeholder at position 3 with }}'],
    ['{{ object.a }}', 'expected $ at position 1'],
    ['{{ }}', 'expected $ at position 1'],
    ['{{ $.action.type }}'.repeat(17), 'must not have more than 16 placeholders'],
  ])('%s is refused: %s', (message, error) => expect(() => compileMessageTemplate(message)).toThrow(error));

  test.each<[string, string, Review]>([
    ['data of a Secret', '{{ $.object.data2.a }}', captured('secret-create')],
    ['a Secret by a wildcard', '{{ $.object.x[*] }}', captured('secret-create')],
    ['a key that a wildcard leads to', '{{ $.object.spec[*] }}', widgetUpdate({}, { spec: { token: 'SEED' } })],
    [
      'a named thing that a wildcard leads to',
      '{{ $.object.metadata[*] }}',
      review({ oldObject: {}, object: { metadata: { annotations: { name: 'SEED' } } } }),
    ],
    [
      'what lies under a key that a wildcard leads to',
      '{{ $.object.spec[*].a }}',
      widgetUpdate({}, { spec: { env: { a: 'SEED' } } }),
    ],
  ])('%s is withheld', (_name, message, of) => {
    expect(rendered(message, of)).toContain('<withheld>');
    expect(rendered(message, of)).not.toContain('SEED');
  });

  test('the metadata of a Secret is shown', () => {
    expect(rendered('{{ $.object.metadata.name }} {{ $.object.type }}', captured('secret-create'))).toBe(
      'created Opaque',
    );
  });

  test.each<KubeObject>([
    { toString: 1, valueOf: 1 },
    { name: { toString: 1 } },
    { name: null },
    { __proto__: null, name: [] },
  ])('a value that can not become text (%j) changes nothing of what is decided', (value) => {
    const loaded = compiled(
      { actions: ['Update'], resources: EVERYTHING },
      { failurePolicy: 'Ignore', message: '{{ $.object.spec.v }} {{ $.object.spec.l }}' },
    );
    expect(findingOf(loaded, widgetUpdate({}, { spec: { v: value, l: [value] } }))).toMatchObject({
      outcome: 'Denied',
      reason: 'Tripped',
      message: expect.stringContaining('<object>'),
    });
  });

  test.each(['Missing', 'Failed'] as const)(
    'a target that is %s and that only the message reads does not let pass what trips',
    (parent) => {
      const loaded = compiled(
        { actions: ['Exec'] },
        { failurePolicy: 'Ignore', message: 'of {{ $.target.metadata.labels.team }}' },
      );
      expect(findingOf(loaded, captured('pod-exec'), { parent })).toMatchObject({
        outcome: 'Denied',
        reason: 'Tripped',
        message: expect.stringMatching(/of <none>$/),
      });
    },
  );
});
