import { describe, expect, test } from 'vitest';
import type { ActionType } from '../../../../src/api/v1alpha1.ts';
import type { Review } from '../../../../src/policy/review.ts';
import { compiled, findingOf } from '../support/judge.ts';
import { captured, review, widgetUpdate } from '../support/reviews.ts';
import { changesOf, KINDS, podCreate, podUpdate, told } from '../support/workloads.ts';

const both = (of: Review) => {
  const lines = (action: ActionType) =>
    told(changesOf(action, of)).map((line) => line.replace(/^.*(web2?|spec)\]?\./, ''));
  return { up: lines('ResourceIncrease'), down: lines('ResourceDecrease') };
};

const web = (resources?: object, more: object = {}) => ({
  containers: [{ name: 'web', ...(resources && { resources }) }],
  ...more,
});
const limits = (of: object) => web({ limits: of });
const requests = (of: object) => web({ requests: of });

interface Case {
  readonly name: string;
  readonly from: object;
  readonly to: object;
  readonly up?: readonly string[];
  readonly down?: readonly string[];
}

const CASES: readonly Case[] = [
  {
    name: 'a limit goes up',
    from: limits({ cpu: '1' }),
    to: limits({ cpu: '1500m' }),
    up: ['resources.limits.cpu 1 -> 1500m'],
  },
  {
    name: 'a limit goes down',
    from: limits({ memory: '1Gi' }),
    to: limits({ memory: '1000Mi' }),
    down: ['resources.limits.memory 1Gi -> 1000Mi'],
  },
  {
    name: 'a request goes up',
    from: requests({ cpu: '100m' }),
    to: requests({ cpu: 1 }),
    up: ['resources.requests.cpu 100m -> 1'],
  },
  {
    name: 'one goes up and another down',
    from: limits({ cpu: 1, memory: 2 }),
    to: limits({ cpu: 2, memory: 1 }),
    up: ['resources.limits.cpu 1 -> 2'],
    down: ['resources.limits.memory 2 -> 1'],
  },
  {
    name: 'the same quantity, written otherwise',
    from: limits({ cpu: '1000m', memory: '1Gi' }),
    to: limits({ memory: '1024Mi', cpu: 1 }),
  },
  {
    name: 'another order of containers',
    from: { containers: [{ name: 'a', resources: { limits: { cpu: 1 } } }, { name: 'b' }] },
    to: { containers: [{ name: 'b' }, { name: 'a', resources: { limits: { cpu: 1 } } }] },
  },
  { name: 'a limit is removed', from: limits({ cpu: '1' }), to: web({}), up: ['resources.limits.cpu 1 -> nothing'] },
  {
    name: 'all resources are removed',
    from: limits({ cpu: '1' }),
    to: web(),
    up: ['resources.limits.cpu 1 -> nothing'],
  },
  {
    name: 'a limit of 0 limits nothing',
    from: limits({ cpu: '1' }),
    to: limits({ cpu: '0' }),
    up: ['resources.limits.cpu 1 -> nothing'],
  },
  { name: 'a limit of 0 is as good as none', from: limits({ memory: '0' }), to: web() },
  {
    name: 'but not of devices',
    from: limits({ 'example.com/gpu': '1' }),
    to: limits({ 'example.com/gpu': '0' }),
    down: ["resources.limits['example.com/gpu'] 1 -> 0"],
  },
  {
    name: 'a limit on a device, which a container has none of without it',
    from: web(),
    to: limits({ 'example.com/gpu': '8' }),
    up: ["resources.limits['example.com/gpu'] nothing -> 8"],
  },
  {
    name: 'a limit on huge pages, which a container has none of without it',
    from: web(),
    to: limits({ 'hugepages-2Mi': '1Gi' }),
    up: ['resources.limits.hugepages-2Mi nothing -> 1Gi'],
  },
  { name: 'a limit is added', from: web(), to: limits({ cpu: '1' }), down: ['resources.limits.cpu nothing -> 1'] },
  {
    name: 'a request is removed',
    from: requests({ cpu: '1' }),
    to: web(),
    down: ['resources.requests.cpu 1 -> nothing'],
  },
  { name: 'a request is added', from: web(), to: requests({ cpu: '1' }), up: ['resources.requests.cpu nothing -> 1'] },
  { name: 'a request of 0 is as good as none', from: web(), to: requests({ cpu: '0' }) },
  {
    name: 'a request is removed, and the higher limit takes its place',
    from: web({ requests: { cpu: '1' }, limits: { cpu: '4' } }),
    to: limits({ cpu: '4' }),
    up: ['resources.requests.cpu 1 -> 4'],
    down: ['resources.requests.cpu 1 -> nothing'],
  },
  {
    name: 'a request is added, which was the limit before',
    from: limits({ cpu: '4' }),
    to: web({ requests: { cpu: '1' }, limits: { cpu: '4' } }),
    down: ['resources.requests.cpu 4 -> 1'],
  },
  {
    name: 'a request is written that was the limit before',
    from: limits({ cpu: '4' }),
    to: web({ requests: { cpu: '4' }, limits: { cpu: '4' } }),
  },
  {
    name: 'a quantity that can not be read goes both ways',
    from: limits({ cpu: '1' }),
    to: limits({ cpu: 'many' }),
    up: ['resources.limits.cpu 1 -> many'],
    down: ['resources.limits.cpu 1 -> many'],
  },
  { name: 'a quantity that can not be read stays', from: limits({ cpu: 'many' }), to: limits({ cpu: 'many' }) },
  { name: 'an object in the place of a quantity', from: limits({ cpu: {} }), to: limits({ cpu: {} }) },
  {
    name: 'a container is renamed and loses its limits',
    from: limits({ cpu: '1', memory: '1Gi' }),
    to: { containers: [{ name: 'web2' }] },
    up: ['resources.limits.cpu 0 -> nothing', 'resources.limits.memory 0 -> nothing'],
    down: ['resources.limits.cpu 1 -> 0', 'resources.limits.memory 1Gi -> 0'],
  },
  {
    name: 'a container is added with limits and requests',
    from: { containers: [] },
    to: web({ limits: { cpu: '1', memory: '1Gi', 'example.com/gpu': '0' }, requests: { cpu: '1', memory: 0 } }),
    up: ['resources.limits.cpu 0 -> 1', 'resources.limits.memory 0 -> 1Gi', 'resources.requests.cpu 0 -> 1'],
  },
  {
    name: 'a container without limits is removed',
    from: web(),
    to: { containers: [] },
    down: ['resources.limits.cpu nothing -> 0', 'resources.limits.memory nothing -> 0'],
  },
  {
    name: 'a container without limits is added to a Pod that has some',
    from: { containers: [], resources: { limits: { cpu: '1' } } },
    to: web(undefined, { resources: { limits: { cpu: '1' } } }),
    up: ['resources.limits.memory 0 -> nothing'],
  },
  {
    name: 'the Pod as a whole',
    from: web(undefined, { resources: { limits: { cpu: '1' } } }),
    to: web(undefined, { resources: { limits: { cpu: '2' } } }),
    up: ['resources.limits.cpu 1 -> 2'],
  },
  {
    name: 'an init container',
    from: { initContainers: [{ name: 'web', resources: { limits: { cpu: 1 } } }] },
    to: { initContainers: [{ name: 'web', resources: { limits: { cpu: 2 } } }] },
    up: ['resources.limits.cpu 1 -> 2'],
  },
];

describe('requests and limits', () => {
  test.each(CASES)('$name', ({ from, to, up = [], down = [] }) => {
    const of = podUpdate(from, to);
    expect(both(of)).toEqual({ up, down });
    expect(changesOf('ResourceChange', of)?.length ?? 0).toBe(new Set([...up, ...down]).size);
    // Backwards, what went up goes down.
    const back = both(podUpdate(to, from));
    if (!JSON.stringify([from, to]).includes('requests')) {
      expect([back.up.length, back.down.length]).toEqual([down.length, up.length]);
    }
  });

  test.each(Object.keys(KINDS))('of %s', (kind) => {
    const of = podUpdate(limits({ cpu: 1 }), limits({ cpu: 2 }), kind);
    expect(changesOf('ResourceIncrease', of)).toHaveLength(1);
    expect(changesOf('ResourceDecrease', of)).toBeUndefined();
    expect(changesOf('ResourceChange', podCreate(limits({ cpu: 1 }), kind))).toBeUndefined();
  });

  test('of a custom resource, where a guardrail tells its template', () => {
    const of = widgetUpdate(
      { spec: { pod: { spec: limits({ cpu: 1 }) } } },
      { spec: { pod: { spec: limits({ cpu: 2 }) } } },
    );
    expect(changesOf('ResourceIncrease', of)).toBeUndefined();
    expect(told(changesOf('ResourceIncrease', of, '$.spec.pod'))).toEqual([
      '$.spec.pod.spec.containers[web].resources.limits.cpu 1 -> 2',
    ]);
  });

  test('the claim of an ephemeral volume', () => {
    const volume = (storage: string) => ({
      volumes: [{ name: 'v', ephemeral: { volumeClaimTemplate: { spec: { resources: { requests: { storage } } } } } }],
    });
    const path = '$.spec.template.spec.volumes[v].ephemeral.volumeClaimTemplate.spec.resources.requests.storage';
    expect(told(changesOf('ResourceIncrease', podUpdate(volume('1Gi'), volume('2Gi'))))).toEqual([
      `${path} 1Gi -> 2Gi`,
    ]);
    expect(told(changesOf('ResourceIncrease', podUpdate({}, volume('2Gi'))))).toEqual([`${path} 0 -> 2Gi`]);
    expect(told(changesOf('ResourceDecrease', podUpdate(volume('2Gi'), {})))).toEqual([`${path} 2Gi -> 0`]);
  });

  test('a Deployment that goes takes nothing along that this is about', () => {
    const of = review({ operation: 'DELETE', oldObject: { spec: { template: { spec: limits({ cpu: 1 }) } } } });
    expect(changesOf('ResourceChange', of)).toBeUndefined();
  });
});

const bound = (resource: string, from: object | undefined, to: object | undefined, parts: Partial<Review> = {}) =>
  review({
    group: '',
    resource,
    operation: to === undefined ? 'DELETE' : from === undefined ? 'CREATE' : 'UPDATE',
    ...(from && { oldObject: { spec: from } }),
    ...(to && { object: { spec: to } }),
    ...parts,
  });

describe('what bounds a namespace', () => {
  const hard = (of: object) => ({ hard: of });
  const range = (of: object, type = 'Container') => ({ limits: [{ type, ...of }] });
  const selector = (operator: string) => ({
    scopeSelector: { matchExpressions: [{ scopeName: 'Terminating', operator }] },
  });

  test.each([
    ['a quota is raised', 'resourcequotas', hard({ pods: 1 }), hard({ pods: 2 }), ['ResourceIncrease']],
    ['a quota is lowered', 'resourcequotas', hard({ cpu: '1' }), hard({ cpu: '900m' }), ['ResourceDecrease']],
    ['a quota is removed', 'resourcequotas', hard({ 'requests.cpu': '1' }), hard({}), ['ResourceIncrease']],
    ['a quota is added', 'resourcequotas', hard({}), hard({ cpu: '1' }), ['ResourceDecrease']],
    ['a quota of 0 is one', 'resourcequotas', hard({}), hard({ cpu: '0' }), ['ResourceDecrease']],
    ['a quota is written otherwise', 'resourcequotas', hard({ cpu: '1' }), hard({ cpu: '1000m' }), []],
    [
      'a quota counts other things',
      'resourcequotas',
      selector('Exists'),
      selector('DoesNotExist'),
      ['ResourceIncrease', 'ResourceDecrease'],
    ],
    ['a ResourceQuota is deleted', 'resourcequotas', hard({ cpu: '1' }), undefined, ['ResourceIncrease']],
    ['a ResourceQuota that bounds nothing is deleted', 'resourcequotas', hard({}), undefined, []],
    ['a ResourceQuota is created', 'resourcequotas', undefined, hard({ cpu: '1' }), []],
    [
      'a maximum is raised',
      'limitranges',
      range({ max: { cpu: 1 } }),
      range({ max: { cpu: 2 } }),
      ['ResourceIncrease'],
    ],
    ['a maximum is removed', 'limitranges', range({ max: { cpu: 1 } }), range({}), ['ResourceIncrease']],
    ['a default limit is removed', 'limitranges', range({ default: { cpu: 1 } }), range({}), ['ResourceIncrease']],
    [
      'a ratio is raised',
      'limitranges',
      range({ maxLimitRequestRatio: { cpu: 1 } }),
      range({ maxLimitRequestRatio: { cpu: 9 } }),
      ['ResourceIncrease'],
    ],
    [
      'a default request is removed',
      'limitranges',
      range({ defaultRequest: { cpu: 1 } }),
      range({}),
      ['ResourceDecrease'],
    ],
    [
      'a minimum is raised',
      'limitranges',
      range({ min: { cpu: 1 } }),
      range({ min: { cpu: 2 } }),
      ['ResourceIncrease'],
    ],
    ['a minimum is removed', 'limitranges', range({ min: { cpu: 1 } }), range({}), ['ResourceDecrease']],
    [
      'a maximum is of another type now',
      'limitranges',
      range({ max: { cpu: 1 } }),
      range({ max: { cpu: 1 } }, 'Pod'),
      ['ResourceIncrease', 'ResourceDecrease'],
    ],
    [
      'a LimitRange is deleted',
      'limitranges',
      range({ max: { cpu: 1 }, min: { cpu: 1 } }),
      undefined,
      ['ResourceIncrease', 'ResourceDecrease'],
    ],
    ['a LimitRange is created', 'limitranges', undefined, range({ max: { cpu: 1 } }), []],
    [
      'a claim is given more storage',
      'persistentvolumeclaims',
      { resources: { requests: { storage: '1Gi' } } },
      { resources: { requests: { storage: '2Gi' } } },
      ['ResourceIncrease'],
    ],
    [
      'a claim is given less storage',
      'persistentvolumeclaims',
      { resources: { requests: { storage: '2Gi' } } },
      { resources: { requests: { storage: '1Gi' } } },
      ['ResourceDecrease'],
    ],
    ['a claim is deleted', 'persistentvolumeclaims', { resources: { requests: { storage: '2Gi' } } }, undefined, []],
  ] as const)('%s', (_name, resource, from, to, expected) => {
    const of = bound(resource, from, to);
    expect((['ResourceIncrease', 'ResourceDecrease'] as const).filter((name) => changesOf(name, of))).toEqual(expected);
    expect(changesOf('ResourceChange', of) !== undefined).toBe(expected.length > 0);
  });

  test.each([
    ['departs from the spec', { cpu: '1' }, { cpu: '100' }, ['$.status.hard.cpu 1 -> 100']],
    ['forgets one', { cpu: '1' }, {}, ['$.status.hard.cpu 1 -> nothing']],
    ['says what the spec says by now', { cpu: '9' }, { cpu: '1000m' }, []],
  ])('a status of a ResourceQuota that %s', (_name, before, after, expected) => {
    const of = (status: object) => ({ spec: { hard: { cpu: '1' } }, status: { hard: status, used: { cpu: '1' } } });
    const parts = { subresource: 'status', oldObject: of(before), object: of(after) };
    expect(told(changesOf('ResourceChange', bound('resourcequotas', {}, {}, parts)))).toEqual(expected);
  });

  test('the used values of a status are no action', () => {
    const of = (cpu: string) => ({ spec: { hard: { cpu: '1' } }, status: { hard: { cpu: '1' }, used: { cpu } } });
    const parts = { subresource: 'status', oldObject: of('1'), object: of('0') };
    expect(changesOf('ResourceChange', bound('resourcequotas', {}, {}, parts))).toBeUndefined();
  });
});

describe('a condition on the change of resources', () => {
  const trips = (of: Review, actions: readonly [ActionType], type: 'Increased' | 'Decreased', byMoreThan: string) =>
    findingOf(compiled({ actions: [...actions] }, { when: [{ change: { type, byMoreThan } }] }), of)?.outcome ===
    'Denied';

  test.each([
    ['a limit that is raised by half is not raised by more', limits({ cpu: '2' }), limits({ cpu: '3' }), false],
    ['a limit that is raised by more', limits({ cpu: '2' }), limits({ cpu: '3100m' }), true],
    ['a limit that is removed is raised beyond all bounds', limits({ cpu: '2' }), web(), true],
    ['a limit of 0 too', limits({ cpu: '2' }), limits({ cpu: 0 }), true],
    ['so is one that is lost with the name', limits({ cpu: '2' }), { containers: [{ name: 'web2' }] }, true],
  ])('%s', (_name, from, to, expected) => {
    expect(trips(podUpdate(from, to), ['ResourceIncrease'], 'Increased', '50%')).toBe(expected);
  });

  test.each([
    ['quota-delete', 'Increased', true],
    ['quota-delete', 'Decreased', false],
    ['limitrange-delete', 'Increased', true],
    ['limitrange-delete', 'Decreased', true],
    ['quota-raised', 'Increased', true],
    ['quota-lowered', 'Decreased', true],
    ['quota-raised-through-status', 'Increased', true],
  ] as const)('%s is %s: %s', (name, type, expected) => {
    expect(trips(captured(name), ['ResourceChange'], type, '50%')).toBe(expected);
  });
});

describe('what people are told', () => {
  test.each([
    [
      'deployment-limits-raised',
      'containers[web].resources.limits.cpu 1 -> 2 (+100%), containers[web].resources.limits.memory 512Mi -> 1Gi (+100%)',
    ],
    ['deployment-limits-removed', 'containers[web].resources.limits.cpu 1 -> no limit'],
    ['quota-delete', "hard.pods 10 -> no limit, hard['requests.cpu'] 4 -> no limit"],
    ['claim-expanded', 'resources.requests.storage 1Gi -> 2Gi (+100%)'],
  ])('%s: %s', (name, expected) => {
    expect(findingOf(compiled({ actions: ['ResourceChange'] }), captured(name))?.message).toContain(expected);
  });

  test('a text that is no quantity is not shown', () => {
    const of = podUpdate(limits({ cpu: '1' }), limits({ cpu: 'hunter2-5ecret' }));
    const message = findingOf(compiled({ actions: ['ResourceChange'] }), of)?.message;
    expect(message).toContain('containers[web].resources.limits.cpu');
    expect(message).not.toContain('5ecret');
  });
});
