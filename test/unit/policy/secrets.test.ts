import { describe, expect, test } from 'vitest';
import { BY_SPECIFICITY } from '../../../src/policy/actions/catalogue.ts';
import { redactChanges } from '../../../src/policy/redact.ts';
import type { Review } from '../../../src/policy/review.ts';
import { compiled, EVERYTHING, findingOf } from './support/judge.ts';
import { captured, captures, review, widgetUpdate } from './support/reviews.ts';

/** What the captured objects hold in Secret data, ConfigMap data, environment variables, annotations and commands. */
const SEEDED = [
  'hunter2-5ecret',
  'another-5ecret',
  ...['hunter2-5ecret', 'another-5ecret'].map((text) => Buffer.from(text).toString('base64')),
];

/** All that leaves the engine of a review that every action is asked of. */
function told(of: Review, message = '{{ $.target.metadata.name }}'): string {
  const all = compiled(
    { actions: BY_SPECIFICITY.map(({ name }) => name), resources: EVERYTHING, includeStatus: true, derived: 'Include' },
    { message },
  );
  const parent = {
    metadata: { annotations: { a: SEEDED[0] } },
    spec: { containers: [{ env: [{ value: SEEDED[0] }] }] },
  };
  return JSON.stringify(findingOf(all, of, { parent }) ?? null);
}

describe('secrets', () => {
  test('are in the captured reviews', () => {
    const holding = captures.filter((name) => SEEDED.some((text) => JSON.stringify(captured(name)).includes(text)));
    expect(holding).toEqual(
      expect.arrayContaining([
        'secret-create',
        'configmap-update',
        'deployment-create-by-apply',
        'pod-exec',
        'deployment-env-changed',
        'secret-update-by-apply',
      ]),
    );
  });

  test.each(captures)('are in nothing that is told of %s', (name) => {
    for (const text of SEEDED) expect(told(captured(name))).not.toContain(text);
  });

  const SECRET = 'hunter2-5ecret';
  test.each<[string, Review]>([
    [
      'a Secret',
      review({
        group: '',
        resource: 'secrets',
        oldObject: { data: { a: 'x' } },
        object: { data: { a: SECRET }, type: SECRET },
      }),
    ],
    ['the environment of a custom resource', widgetUpdate({}, { spec: { env: [{ name: 'A', value: SECRET }] } })],
    [
      'an annotation',
      widgetUpdate({ metadata: { annotations: { image: 'x' } } }, { metadata: { annotations: { image: SECRET } } }),
    ],
    [
      'an annotation that is called as what is shown',
      widgetUpdate({ metadata: { annotations: { labels: 'x' } } }, { metadata: { annotations: { labels: SECRET } } }),
    ],
    [
      'a key of data that is called as what is shown',
      review({
        group: '',
        resource: 'configmaps',
        oldObject: { data: { image: 'x' } },
        object: { data: { image: SECRET } },
      }),
    ],
    ['a command at the top of a custom resource', widgetUpdate({ command: 'x' }, { command: SECRET })],
    ['ports at the top of a custom resource', widgetUpdate({ ports: 'x' }, { ports: SECRET })],
    [
      'a list item with a name that is made to look as what is shown',
      widgetUpdate(
        { spec: { env: [{ name: 'a].image', value: 'x' }] } },
        { spec: { env: [{ name: 'a].image', value: SECRET }] } },
      ),
    ],
    ['a value beside an image', widgetUpdate({ spec: { env: { image: 'x' } } }, { spec: { env: { image: SECRET } } })],
    [
      'a number in data',
      review({
        group: '',
        resource: 'configmaps',
        oldObject: { data: { pin: 1 } },
        object: { data: { pin: 20252026 } },
      }),
    ],
    ['any text of a spec', widgetUpdate({ spec: { password: 'x' } }, { spec: { password: SECRET } })],
    [
      'arguments of a command',
      review({
        group: '',
        resource: 'pods',
        operation: 'CONNECT',
        subresource: 'exec',
        object: { command: ['sh', SECRET] },
      }),
    ],
  ])('of %s are not told', (_name, of) => {
    expect(told(of)).toBeDefined();
    expect(told(of)).not.toContain(SECRET);
    expect(told(of)).not.toContain('20252026');
  });
});

describe('what is shown', () => {
  const DEPLOYMENTS = { group: 'apps', resource: 'deployments', operation: 'UPDATE' } as const;
  test.each([
    ['$.spec.replicas', 1, true],
    ['$.spec.paused', true, true],
    ['$.spec.template.spec.containers[web].image', 'a', true],
    ['$.spec.template.spec.containers[data].image', 'a', true],
    ['$.spec.template.spec.volumes[env].image.reference', 'a', true],
    ['$.metadata.labels.env', 'production', true],
    ["$.metadata.labels['a/token']", 'x', true],
    ['$.metadata.finalizers', 'x/y', true],
    ['$.metadata.finalizers', ['x/y', 'x/z'], true],
    ['$.metadata.ownerReferences[web].name', 'x', true],
    ['$.spec.finalizers', 'kubernetes', true],
    ['$.spec.schedule', 'a', false],
    ['$.spec.data.size', 1, false],
    ['$.metadata.annotations.replicas', 1, false],
    ["$.metadata.annotations['a/b']", 'x', false],
    ['$.spec.template.spec.containers[web].env[A].value', 'x', false],
    ['$.spec.template.spec.containers[web].args[0]', 'x', false],
    ['$.spec', { a: 1 }, false],
    ['$.spec.list', [{ a: 1 }], false],
    ['$.command', 'sh', false],
  ])('%s %j: %s', (path, value, isShown) => {
    const [change] = redactChanges(DEPLOYMENTS, [{ path, from: value, to: value }]);
    expect(change).toEqual(isShown ? { path, from: value, to: value } : { path });
  });

  test('of a Secret, its metadata alone', () => {
    const secrets = { group: '', resource: 'secrets', operation: 'UPDATE' } as const;
    const changes = redactChanges(secrets, [
      { path: '$.metadata.labels.a', to: '1' },
      { path: '$.immutable', to: true },
      { path: '$.image', to: 'x' },
    ]);
    expect(changes).toEqual([{ path: '$.metadata.labels.a', to: '1' }, { path: '$.immutable' }, { path: '$.image' }]);
  });
});
