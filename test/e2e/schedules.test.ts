import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { GuardrailMatch, GuardrailSchedule, GuardrailSpec, GuardrailStatus } from '../../src/api/v1alpha1.ts';
import { expectDenied, expectPassed } from './support/decisions.ts';
import { guardTest } from './support/guard-test.ts';
import { GuardedCluster, guardrail, type Person } from './support/guarded-cluster.ts';
import { eventually } from './support/poll.ts';

const SECOND_MS = 1_000;
/** Long enough for a guardrail to be enforced, and for a request, on a busy machine. */
const STEP_MS = 8 * SECOND_MS;
/** How long the status may lag behind a schedule. */
const LAG_MS = 2 * SECOND_MS;
const CONFIG_MAPS = [{ apiGroups: [''], resources: ['configmaps'] }];

let cluster: GuardedCluster;
let alice: Person;
let release: Person;

beforeAll(async () => {
  cluster = await GuardedCluster.start();
  const grant = { clusterRole: 'cluster-admin' };
  alice = await cluster.person('alice', { grant });
  release = await cluster.person('rita', { groups: ['release-managers'], grant });
});
afterAll(() => cluster?.stop());

/** A guardrail that lets nobody create ConfigMaps in a namespace, by a schedule. */
const freeze = (
  namespace: string,
  schedule: GuardrailSchedule | undefined,
  match: Partial<GuardrailMatch> = {},
): GuardrailSpec => ({
  enforcement: 'Deny',
  failurePolicy: 'Fail',
  match: { actions: ['Create'], resources: CONFIG_MAPS, namespaces: { include: [namespace] }, ...match },
  ...(schedule !== undefined && { schedule }),
});
const during = (from: Date, to: Date): GuardrailSchedule => ({
  active: 'During',
  windows: [{ absolute: { from: from.toISOString(), to: to.toISOString() } }],
});
const always: GuardrailSchedule['windows'] = [
  {
    weekly: {
      timeZone: 'UTC',
      days: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'],
      start: '00:00',
      duration: '24h',
    },
  },
];
const create = (person: Person, name: string, namespace: string) =>
  person.kubectl(['create', 'configmap', name, '-n', namespace]);
const statusOf = async (name: string): Promise<GuardrailStatus> =>
  (await cluster.read('guardrails.guardrails.dev', undefined, name)).status;
const wholeSecondsFromNow = (milliseconds: number): Date =>
  new Date(Math.ceil((Date.now() + milliseconds) / SECOND_MS) * SECOND_MS);
const kubeTime = (time: Date): string => time.toISOString().replace('.000', '');

/** Waits for the moment, and then no longer than a status may lag, until the status says so. */
const statusFollows = (name: string, change: Date, inEffect: boolean) =>
  eventually(
    async () => {
      const status = await statusOf(name);
      return status.schedule?.inEffect === inEffect && status;
    },
    { message: `${name} says that inEffect is ${inEffect}`, timeoutMs: change.getTime() + LAG_MS - Date.now() },
  );

describe('a guardrail with an absolute window', () => {
  test('is in effect in it, before and after it judges and records nothing, and its status follows', async () => {
    const namespace = await cluster.namespace('window');
    const from = wholeSecondsFromNow(STEP_MS);
    const to = new Date(from.getTime() + STEP_MS);
    await guardTest(cluster, { window: freeze(namespace, during(from, to)) });

    expectPassed(await create(alice, 'before', namespace));
    const before = await statusOf('window');
    expect(before.schedule).toEqual({ inEffect: false, nextChangeTime: kubeTime(from) });
    expect(await cluster.condition('window', 'Ready')).toMatchObject({ status: 'True' });
    expect(await cluster.condition('window', 'Enforcing')).toMatchObject({
      status: 'True',
      message: `the live webhook configuration covers it; it is not in effect until ${kubeTime(from)}`,
    });
    expect(await alice.must(['get', 'gdr', 'window'])).toMatch(/ IN-EFFECT [\s\S]* false /);
    expect(Date.now()).toBeLessThan(from.getTime());

    const inside = await statusFollows('window', from, true);
    expect(inside.schedule).toEqual({ inEffect: true, nextChangeTime: kubeTime(to) });
    expect((await cluster.condition('window', 'Enforcing'))?.message).toBe('the live webhook configuration covers it');
    expectDenied(await create(alice, 'inside', namespace), 'window', 'Create');
    expect(await alice.must(['get', 'gdr', 'window', '-o', 'wide'])).toMatch(
      new RegExp(` IN-EFFECT [\\s\\S]* NEXT-CHANGE[\\s\\S]* true [\\s\\S]*${kubeTime(to)}`),
    );
    expect(Date.now()).toBeLessThan(to.getTime());

    const after = await statusFollows('window', to, false);
    expect(after.schedule).toEqual({ inEffect: false });
    expect((await cluster.condition('window', 'Enforcing'))?.message).toBe(
      'the live webhook configuration covers it; its schedule never has it in effect again',
    );
    expectPassed(await create(alice, 'after', namespace));

    expect(await cluster.decisions('window')).toEqual({ Denied: 1 });
    const records = await cluster.trail('window');
    expect(records.map(({ spec }) => spec.action.name)).toEqual(['inside']);
  });

  test('is always in effect when its schedule is taken off, and the status says nothing of one', async () => {
    const namespace = await cluster.namespace('taken-off');
    const over = during(new Date('2026-01-01T00:00:00Z'), new Date('2026-01-02T00:00:00Z'));
    await guardTest(cluster, { 'taken-off': freeze(namespace, over) });
    expectPassed(await create(alice, 'a', namespace));
    expect((await statusOf('taken-off')).schedule).toEqual({ inEffect: false });
    await cluster.guard({ 'taken-off': freeze(namespace, undefined) });
    expectDenied(await create(alice, 'b', namespace), 'taken-off', 'Create');
    expect(await statusOf('taken-off')).not.toHaveProperty('schedule');
  });
});

test('Outside is in effect where no window is, and nowhere else', async () => {
  const [free, frozen] = [await cluster.namespace('free'), await cluster.namespace('frozen')];
  const over = during(new Date('2026-01-01T00:00:00Z'), new Date('2026-01-02T00:00:00Z'));
  await guardTest(cluster, {
    'outside-always': freeze(free, { active: 'Outside', windows: always }),
    'outside-over': freeze(frozen, { ...over, active: 'Outside' }),
  });
  expectPassed(await create(alice, 'a', free));
  expectDenied(await create(alice, 'a', frozen), 'outside-over', 'Create');
  expect((await statusOf('outside-always')).schedule).toEqual({ inEffect: false });
  expect((await statusOf('outside-over')).schedule).toEqual({ inEffect: true });
});

test('who is excluded is let through in a freeze', async () => {
  const namespace = await cluster.namespace('release');
  await guardTest(cluster, {
    freeze: freeze(
      namespace,
      { active: 'During', windows: always },
      { subjects: { exclude: [{ kind: 'Group', name: 'release-managers' }] } },
    ),
  });
  expectDenied(await create(alice, 'a', namespace), 'freeze', 'Create');
  expectPassed(await create(release, 'a', namespace));
});

test('a window that begins again every week is in effect in it', async () => {
  const namespace = await cluster.namespace('weekly');
  // The clocks of Kathmandu never change.
  const zone = 345 * 60 * SECOND_MS;
  const begun = new Date(Date.now() + zone - 90 * 60 * SECOND_MS);
  const day = (['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const)[begun.getUTCDay()] ?? 'Sun';
  const weekly = { timeZone: 'Asia/Kathmandu', days: [day], start: begun.toISOString().slice(11, 16), duration: '3h' };
  await guardTest(cluster, { weekly: freeze(namespace, { active: 'During', windows: [{ weekly }] }) });
  expectDenied(await create(alice, 'a', namespace), 'weekly', 'Create');
  const end = Math.floor(begun.getTime() / 60_000) * 60_000 - zone + 180 * 60 * SECOND_MS;
  expect((await statusOf('weekly')).schedule).toEqual({ inEffect: true, nextChangeTime: kubeTime(new Date(end)) });
});

describe('a schedule that can not be meant', () => {
  const weekly = { timeZone: 'Europe/Berlin', days: ['Mon'], start: '09:00', duration: '1h' };

  test.each<{ title: string; window: unknown; told: string }>([
    {
      title: 'a time zone that nobody knows',
      window: { weekly: { ...weekly, timeZone: 'Europe/Berln' } },
      told: 'spec.schedule.windows[0].weekly.timeZone: must be the name of a time zone that IANA knows',
    },
    {
      title: 'a duration of more than a week',
      window: { weekly: { ...weekly, duration: '8d' } },
      told: 'spec.schedule.windows[0].weekly.duration: must be from 1m to 7d',
    },
    {
      title: 'a time without an offset',
      window: { absolute: { from: '2026-12-20T00:00:00', to: '2026-12-21T00:00:00Z' } },
      told: 'spec.schedule.windows[0].absolute.from in body must be of type date-time',
    },
    {
      title: 'a year that nobody plans for',
      window: { absolute: { from: '2026-12-20T00:00:00Z', to: '9999-12-31T00:00:00Z' } },
      told: 'spec.schedule.windows[0].absolute.to: must be in the years 1970 to 2199',
    },
    {
      title: 'both kinds of a window',
      window: { weekly, absolute: { from: '2026-12-20T00:00:00Z', to: '2026-12-21T00:00:00Z' } },
      told: 'exactly one of weekly and absolute must be set',
    },
    {
      title: 'an end before the beginning',
      window: { absolute: { from: '2026-12-21T00:00:00Z', to: '2026-12-20T00:00:00Z' } },
      told: 'from must be before to',
    },
  ])('is refused for $title', async ({ window, told }) => {
    const spec = freeze('nowhere', { active: 'During', windows: [window as GuardrailSchedule['windows'][number]] });
    onTestFinished(() => cluster.unguard('refused'));
    const { code, stderr } = await alice.kubectl(['apply', '-f', '-'], guardrail('refused', spec));
    expect(stderr).toContain(told);
    expect(code).toBe(1);
  });
});
