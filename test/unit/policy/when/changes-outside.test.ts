import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../../../src/policy/decision.ts';
import type { KubeObject, Review } from '../../../../src/policy/review.ts';
import { type Cluster, compiled, EVERYTHING, findingOf } from '../support/judge.ts';
import { captured, review, widgetUpdate } from '../support/reviews.ts';

type Paths = readonly [string, ...string[]];

const judged = (paths: Paths, of: Review, cluster: Cluster = {}, failurePolicy: 'Fail' | 'Ignore' = 'Fail') =>
  findingOf(
    compiled(
      { actions: ['Create', 'Update', 'Delete', 'Exec'], resources: EVERYTHING, includeStatus: true },
      { failurePolicy, when: [{ changesOutside: [...paths] }] },
    ),
    of,
    cluster,
  );

/** What is told of a finding: where it changes something outside. */
const outside = (finding: Finding | undefined) =>
  finding === undefined ? undefined : (/, it changes (.*)$/.exec(finding.message)?.[1] ?? finding.reason);

/** Of thousands of evaluations, on a machine that has other things to do. */
const TIMEOUT_MS = 60_000;

const ALLOWED = 'NotTripped';
const IMAGES: Paths = ['$.spec.containers[*].image'];
const FIRST: Paths = ['$.spec.containers[0].image'];

const change = (paths: Paths, from: KubeObject, to: KubeObject) => outside(judged(paths, widgetUpdate(from, to)));

const c = (name: string, image: string, more: KubeObject = {}) => ({ name, image, ...more });
const spec = (...containers: unknown[]) => ({ spec: { containers } });

describe('changes outside of some paths', () => {
  test.each<[string, Paths, KubeObject, KubeObject, string]>([
    ['the path itself', ['$.spec.a'], { spec: { a: 1 } }, { spec: { a: 2 } }, ALLOWED],
    ['below the path', ['$.spec'], { spec: { a: { b: 1 } } }, { spec: { a: { b: 2, c: 1 } } }, ALLOWED],
    ['beside the path', ['$.spec.a'], { spec: { a: 1, b: 1 } }, { spec: { a: 2, b: 2 } }, '$.spec.b'],
    ['above the path', ['$.spec.a.b'], { spec: { a: { b: 1 } } }, { spec: { a: 1 } }, '$.spec.a'],
    ['a name that begins alike', ['$.spec.a'], { spec: { ab: 1 } }, { spec: { ab: 2 } }, '$.spec.ab'],
    ['any of several paths', ['$.spec.b', '$.spec.a'], { spec: { a: 1 } }, { spec: { a: 2 } }, ALLOWED],
    ['a label', ["$.metadata.labels['a/b']"], labels({ 'a/b': '1' }), labels({ 'a/b': '2' }), ALLOWED],
    ['any label', ['$.metadata.labels.*'], labels({ a: '1' }), labels({ b: '2' }), ALLOWED],
    [
      'another label',
      ['$.metadata.labels.a'],
      labels({ a: '1' }),
      labels({ a: '1', 'b/c': '' }),
      "$.metadata.labels['b/c']",
    ],
    ['everything', ['$'], { spec: { a: 1 } }, { kind: 'X' }, ALLOWED],
    ['a value of another type', ['$.spec.a.b'], { spec: { a: { b: 1 } } }, { spec: { a: [1] } }, '$.spec.a'],
    ['null for nothing', ['$.x'], { spec: { a: null } }, { spec: {}, x: 1 }, ALLOWED],
    ['null for a value', ['$.x'], { spec: { a: 1 } }, { spec: { a: null } }, '$.spec.a'],

    ['what is added by the part', ['$.spec.a.b'], { spec: {} }, { spec: { a: { b: 1 } } }, ALLOWED],
    ['what is added beside the part', ['$.spec.a.b'], { spec: {} }, { spec: { a: { b: 1, c: 2 } } }, '$.spec.a.c'],
    ['what is removed by the part', ['$.spec.a.b'], { spec: { a: { b: 1 } } }, { spec: {} }, ALLOWED],
    ['what is removed beside the part', ['$.spec.a.b'], { spec: { a: { b: 1, c: 2 } } }, {}, '$.spec.a.c'],
    ['an empty object above the part', ['$.spec.a.b'], { spec: {} }, { spec: { a: {} } }, '$.spec.a'],
    ['an object of nulls above the part', ['$.spec.a.b'], { spec: {} }, { spec: { a: { b: null } } }, '$.spec.a'],
    ['a scalar above the part', ['$.spec.a.b'], { spec: {} }, { spec: { a: 'b' } }, '$.spec.a'],
    ['a list instead of an object', ['$.spec.a.b'], { spec: {} }, { spec: { a: [c('b', '1')] } }, '$.spec.a[b]'],

    [
      'the image of any container',
      IMAGES,
      spec(c('web', '1'), c('log', '1')),
      spec(c('web', '2'), c('log', '2')),
      ALLOWED,
    ],
    [
      'another field of a container',
      IMAGES,
      spec(c('web', '1')),
      spec(c('web', '2', { tty: true })),
      '$.spec.containers[web].tty',
    ],
    [
      'a container more',
      IMAGES,
      spec(c('web', '1')),
      spec(c('web', '1'), c('log', '1')),
      '$.spec.containers[log].name',
    ],
    [
      'a container less',
      IMAGES,
      spec(c('web', '1'), c('log', '1')),
      spec(c('web', '1')),
      '$.spec.containers[log].name',
    ],
    ['containers where there were none', IMAGES, {}, spec(c('web', '1')), '$.spec.containers[web].name'],
    ['an empty list where there was none', IMAGES, { spec: {} }, spec(), '$.spec.containers'],
    [
      'another order',
      IMAGES,
      spec(c('web', '1'), c('log', '1')),
      spec(c('log', '1'), c('web', '1')),
      '$.spec.containers',
    ],
    [
      'another order where every item may change',
      ['$.spec.containers[*]'],
      spec(c('web', '1'), c('log', '1')),
      spec(c('log', '1'), c('web', '1')),
      ALLOWED,
    ],
    [
      'another order that no path comes near',
      ['$.metadata.labels'],
      spec(c('web', '1'), c('log', '1')),
      spec(c('log', '1'), c('web', '1')),
      '$.spec.containers',
    ],

    [
      'the first container by its place',
      FIRST,
      spec(c('web', '1'), c('log', '1')),
      spec(c('web', '2'), c('log', '1')),
      ALLOWED,
    ],
    [
      'the second container, not the first',
      FIRST,
      spec(c('web', '1'), c('log', '1')),
      spec(c('web', '1'), c('log', '2')),
      '$.spec.containers[1].image',
    ],
    [
      'another container put first',
      FIRST,
      spec(c('web', '1')),
      spec(c('log', '2'), c('web', '1')),
      '$.spec.containers[0].name, $.spec.containers[1]',
    ],
    [
      'an index and a wildcard at one list',
      ['$.spec.containers[0].image', '$.spec.containers[*].tty'],
      spec(c('web', '1'), c('log', '1')),
      spec(c('web', '2'), c('log', '1', { tty: true })),
      ALLOWED,
    ],
    ['an index is no key', ['$.spec[0]'], { spec: { 0: 'a' } }, { spec: { 0: 'b' } }, "$.spec['0']"],
    ['a key is no index', ["$.spec['0']"], { spec: ['a'] }, { spec: ['b'] }, '$.spec[0]'],
    [
      'a name is no key',
      ["$.spec.containers['web'].image"],
      spec(c('web', '1')),
      spec(c('web', '2')),
      '$.spec.containers[web].image',
    ],

    [
      'wildcards that overlap with names',
      ['$.spec.*.b', '$.spec.a.*.c'],
      { spec: { a: { b: 1, x: { c: 1, d: 1 } } } },
      { spec: { a: { b: 2, x: { c: 2, d: 2 } } } },
      '$.spec.a.x.d',
    ],
    ['names that every object has', ['$.spec.a'], {}, JSON.parse('{"spec": {"__proto__": 1}}'), '$.spec.__proto__'],
    [
      'a covered name that every object has',
      ['$.spec.constructor'],
      { spec: {} },
      { spec: { constructor: 1 } },
      ALLOWED,
    ],

    ['more than can be told', ['$.x'], {}, { a: 1, b: 1, c: 1, d: 1, e: 1 }, '$.a, $.b, $.c and more'],
  ])('%s', (_name, paths, from, to, expected) => expect(change(paths, from, to)).toBe(expected));

  test('what the server and kubectl write at each change is not counted', () => {
    const metadata = (version: string, more: KubeObject = {}) => ({
      name: 'w',
      namespace: 'shop',
      resourceVersion: version,
      generation: Number(version),
      managedFields: [{ manager: version }],
      ...more,
    });
    const applied = (text: string) => ({ annotations: { 'kubectl.kubernetes.io/last-applied-configuration': text } });
    const update = (before: KubeObject, after: KubeObject) =>
      outside(
        judged(
          ['$.spec.a'],
          review({
            oldObject: { metadata: metadata('1', before), spec: { a: 1 } },
            object: { metadata: metadata('2', after), spec: { a: 2 }, status: { a: 1 } },
          }),
        ),
      );
    expect(update({}, {})).toBe(ALLOWED);
    expect(update(applied('1'), applied('2'))).toBe(ALLOWED);
    expect(update({}, applied('2'))).toBe(ALLOWED);
    expect(update(applied('1'), {})).toBe(ALLOWED);
    expect(update(applied('1'), { annotations: { a: '1' } })).toBe('$.metadata.annotations.a');
    expect(update({ annotations: { a: '1' } }, applied('2'))).toBe('$.metadata.annotations.a');
    expect(update({ annotations: { a: '1' } }, { annotations: { a: '1', ...applied('2').annotations } })).toBe(ALLOWED);
    expect(update({}, { uid: '1' })).toBe('$.metadata.uid');
  });

  test.each<[string, Paths, string]>([
    ['deployment-image-put', ['$.spec.template.spec.containers[*].image'], ALLOWED],
    ['deployment-image-server-side-apply', ['$.spec.template.spec.containers[*].image'], ALLOWED],
    ['deployment-image-put', ['$.spec.replicas'], '$.spec.template.spec.containers[web].image'],
    ['deployment-scale-down-put', ['$.spec.replicas'], ALLOWED],
    ['deployment-create', ['$.spec.replicas'], '$.kind, $.apiVersion, $.metadata.name and more'],
    ['deployment-create', ['$'], ALLOWED],
    ['deployment-delete', ['$.spec.replicas'], '$.kind, $.apiVersion, $.metadata.name and more'],
    ['deployment-delete', ['$'], ALLOWED],
  ])('%s outside of %j: %s', (name, paths, expected) => expect(outside(judged(paths, captured(name)))).toBe(expected));

  test('a scaling changes the replicas of the parent', () => {
    const parent = { metadata: { name: 'web' }, spec: { replicas: 4 } };
    const scaling = captured('deployment-scale');
    expect(outside(judged(['$.spec.replicas'], scaling, { parent }))).toBe(ALLOWED);
    expect(outside(judged(['$.metadata'], scaling, { parent }))).toBe('$.spec.replicas');
  });

  test('an exec changes nothing', () => {
    expect(outside(judged(['$.spec.replicas'], captured('pod-exec'), { parent: { spec: {} } }))).toBe(ALLOWED);
  });

  describe('of objects that are nested too deep', () => {
    const deep = (value: unknown, levels = 200): unknown => (levels === 0 ? value : { a: deep(value, levels - 1) });
    const finding = (to: KubeObject, failurePolicy: 'Fail' | 'Ignore') =>
      judged(['$.spec.b'], widgetUpdate({ spec: { b: 1, a: deep(1), c: 1 } }, { spec: to }), {}, failurePolicy);

    test('can not be told', () => {
      for (const [failurePolicy, outcome] of [
        ['Fail', 'Denied'],
        ['Ignore', 'Allowed'],
      ] as const) {
        const found = finding({ b: 2, a: deep(2), c: 1 }, failurePolicy);
        expect(found).toMatchObject({ reason: 'EvaluationError', outcome });
        expect(found?.message).toContain('nested deeper than 100 levels');
      }
    });

    test('can be told where they are beside what is', () => {
      expect(finding({ b: 2, a: deep(2), c: 2 }, 'Ignore')).toMatchObject({ reason: 'Tripped', outcome: 'Denied' });
    });

    test('can be told where they are covered', () => {
      const of = widgetUpdate({ spec: { a: deep(1, 5000) } }, { spec: { a: deep(2, 5000) } });
      expect(outside(judged(['$.spec.a'], of))).toBe(ALLOWED);
    });
  });

  describe('of random objects', { timeout: TIMEOUT_MS }, () => {
    type Leaves = ReadonlyMap<string, unknown>;

    test('are all of the leaves that no path covers', () => {
      let tripped = 0;
      fc.assert(
        fc.property(tree, tree, paths, (from, to, some) => {
          const [before, after] = [leaves(from), leaves(to)];
          const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
            (place) => before.get(place) !== after.get(place),
          );
          const uncovered = changed.filter((place) => !some.some((path) => covers(path.split('.'), place.split('.'))));
          if (changed.length === 0) return;
          if (uncovered.length > 0) tripped++;
          expect(change(some, { x: from }, { x: to }) === ALLOWED).toBe(uncovered.length === 0);
        }),
        { numRuns: 1500 },
      );
      expect(tripped).toBeGreaterThan(100);
      expect(tripped).toBeLessThan(1450);
    });

    const key = fc.constantFrom('a', 'b', 'c');
    const tree: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
      node: fc.oneof({ maxDepth: 3 }, fc.integer({ max: 2, min: 1 }), fc.dictionary(key, tie('node'), { minKeys: 1 })),
    })).node;
    const paths = fc
      .array(fc.array(fc.constantFrom('a', 'b', 'c', '*'), { maxLength: 3 }), { minLength: 1, maxLength: 4 })
      .map((all) => all.map((steps) => ['$.x', ...steps].join('.')) as unknown as Paths);

    const leaves = (value: unknown, path = '$.x'): Leaves =>
      new Map(
        typeof value === 'object' && value !== null
          ? Object.entries(value).flatMap(([name, inner]) => [...leaves(inner, `${path}.${name}`)])
          : [[path, value]],
      );
    const covers = (path: readonly string[], place: readonly string[]) =>
      path.length <= place.length && path.every((step, index) => step === '*' || step === place[index]);
  });

  test.each([
    ['$..a', 'must consist of names, indices, quoted keys and * alone here'],
    ['$.a[0:1]', 'must consist of names, indices, quoted keys and * alone here'],
    ['spec', 'must be a JSONPath such as $.spec.replicas: expected $ at position 1'],
  ])('%s is refused', (path, message) => {
    expect(() =>
      compiled({ actions: ['Update'], resources: EVERYTHING }, { when: [{ changesOutside: ['$.a', path] }] }),
    ).toThrow(`spec.when[0].changesOutside[1]: ${message}`);
  });
});

function labels(of: Readonly<Record<string, string>>): KubeObject {
  return { metadata: { name: 'w', namespace: 'shop', labels: of } };
}
