import { describe, expect, it } from 'vitest';
import { matchConditions, reachExpression } from '../../../src/controller/match-conditions.ts';
import { groupGuardrails } from '../../../src/policy/guardrail-group.ts';
import { loaded, RESOURCES } from './support/guardrails.ts';

const namespace = "request.?namespace.orValue('')";

describe('reachExpression', () => {
  it.each([
    {
      name: 'names become a list',
      reach: { include: ['a', 'b'], exclude: [] },
      text: `((${namespace} in ['a', 'b']))`,
    },
    {
      name: 'globs become anchored expressions',
      reach: { include: ['prod-*', 'x?'], exclude: [] },
      text: `((${namespace}.matches('^prod-.*$') || ${namespace}.matches('^x.$')))`,
    },
    {
      name: 'excludes are negated',
      reach: { include: undefined, exclude: ['dev'] },
      text: `(!(${namespace} in ['dev']))`,
    },
    {
      name: 'excludes win over includes',
      reach: { include: ['a*'], exclude: ['ab'] },
      text: `((${namespace}.matches('^a.*$')) && !(${namespace} in ['ab']))`,
    },
    { name: 'nothing said is everything', reach: { include: undefined, exclude: [] }, text: '(true)' },
  ])('$name', ({ reach, text }) => {
    expect(reachExpression([reach])).toBe(text);
  });

  it('holds where any of several reaches does', () => {
    expect(
      reachExpression([
        { include: ['a'], exclude: [] },
        { include: ['b'], exclude: [] },
      ]),
    ).toBe(`((${namespace} in ['a'])) || ((${namespace} in ['b']))`);
  });
});

describe('matchConditions', () => {
  const names = (...parts: Parameters<typeof loaded>): string[] => {
    const [group] = groupGuardrails([loaded(...parts)]);
    if (group === undefined) throw new Error('there must be a group');
    return matchConditions(group, RESOURCES, 'Everybody', 'system:serviceaccount:a:b').map(({ name }) => name);
  };
  const always = ['not-leases', 'not-events', 'not-access-reviews', 'not-heartbeats', 'not-own-records'];

  it.each([
    { name: 'status alone is not sent', spec: {}, more: ['not-status-alone'] },
    {
      name: 'status is sent for a guardrail that asks for it',
      spec: {
        match: {
          actions: ['Update' as const],
          resources: [{ apiGroups: ['apps'], resources: ['deployments'] }],
          includeStatus: true,
        },
      },
      more: [],
    },
    {
      name: 'updates that change nothing that is judged are not sent',
      spec: { match: { actions: ['Delete' as const], resources: [{ apiGroups: [''], resources: ['pods'] }] } },
      more: ['not-update-alone', 'not-status-alone'],
    },
    {
      name: 'namespaces by name narrow what is sent',
      spec: { match: { actions: ['ScaleDown' as const], namespaces: { include: ['a'] } } },
      more: ['not-status-alone', 'namespaces'],
    },
  ])('$name', ({ spec, more }) => {
    expect(names('g', spec)).toEqual([...always, ...more]);
  });
});
