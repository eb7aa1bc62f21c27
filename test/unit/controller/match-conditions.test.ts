import { describe, expect, it } from 'vitest';
import type { GuardrailMatch } from '../../../src/api/v1alpha1.ts';
import { matchConditions, reachExpression } from '../../../src/controller/match-conditions.ts';
import { groupGuardrails } from '../../../src/policy/guardrail-group.ts';
import type { Review } from '../../../src/policy/review.ts';
import { review } from '../policy/support/reviews.ts';
import { loaded, RESOURCES } from './support/guardrails.ts';
import { holds } from './support/match-conditions.ts';

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
  const always = [
    'not-leases',
    'not-events',
    'not-access-reviews',
    'not-heartbeats',
    'not-node-conditions',
    'not-own-records',
  ];

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

describe('what the conditions keep away', () => {
  const OPERATOR = 'system:serviceaccount:guardrails:operator';
  const SYSTEM = 'system:serviceaccount:kube-system';

  /** Which of the conditions drop a review. */
  function drops(match: GuardrailMatch, of: Review): string[] {
    const [group] = groupGuardrails([loaded('g', { match })]);
    if (group === undefined) throw new Error('there must be a group');
    const conditions = matchConditions(group, RESOURCES, 'AllOthers', OPERATOR);
    return conditions.filter((condition) => !holds(condition, of)).map(({ name }) => name);
  }

  const named = (group: string, resource: string) => [{ apiGroups: [group], resources: [resource] }];
  const node = { group: '', resource: 'nodes', namespace: '' };
  const by = (username: string) => ({ subject: { username, groups: [] } });
  const status = (from: object, to: object, parts: Partial<Review> = {}) =>
    review({
      subresource: 'status',
      oldObject: { metadata: from, status: { a: 1 } },
      object: { metadata: to, status: { a: 2 } },
      ...parts,
    });
  const taints = (...keys: string[]) => ({
    metadata: {},
    spec: { podCIDR: '10.0.0.0/24', taints: keys.map((key) => ({ key, effect: 'NoExecute' })) },
  });
  const annotated = [{ annotations: { a: 'b' } }, { annotations: { a: 'c' } }] as const;
  const budget = { group: 'policy', resource: 'poddisruptionbudgets' };
  const loosen: GuardrailMatch = { actions: ['DisruptionBudgetLoosen'] };

  it.each<{ name: string; match: GuardrailMatch; of: Review; by: string[] }>([
    {
      name: 'a status alone',
      match: { actions: ['LabelChange'], resources: named('apps', 'deployments') },
      of: status({}, {}),
      by: ['not-status-alone'],
    },
    {
      name: 'annotations beside a status, where nobody asks for these',
      match: { actions: ['LabelChange'], resources: named('apps', 'deployments') },
      of: status(...annotated),
      by: ['not-status-alone'],
    },
    {
      name: 'no annotations beside a status, where somebody does',
      match: { actions: ['AnnotationChange'], resources: named('apps', 'deployments') },
      of: status(...annotated),
      by: [],
    },
    {
      name: 'a heartbeat, and annotations in it',
      match: { actions: ['Update'], resources: named('', 'nodes'), includeStatus: true },
      of: status(...annotated, { ...node, ...by('system:node:web') }),
      by: ['not-heartbeats'],
    },
    {
      name: 'no annotations in a heartbeat, where somebody asks for these',
      match: { actions: ['AnnotationChange'], resources: named('', 'nodes') },
      of: status(...annotated, { ...node, ...by('system:node:web') }),
      by: [],
    },
    {
      name: 'an update of annotations, where only deletion is judged',
      match: { actions: ['Delete'], resources: named('apps', 'deployments') },
      of: review({ oldObject: { metadata: annotated[0], spec: {} }, object: { metadata: annotated[1], spec: {} } }),
      by: ['not-update-alone'],
    },
    {
      name: 'an update of all but annotations, where these are judged',
      match: { actions: ['AnnotationChange'], resources: named('apps', 'deployments') },
      of: review({
        oldObject: { metadata: annotated[0], spec: { a: 1 } },
        object: { metadata: annotated[0], spec: { a: 2 } },
      }),
      by: ['not-update-alone'],
    },
    {
      name: 'the taints by which the node controller tells of conditions',
      match: { actions: ['TaintChange'] },
      of: review({
        ...node,
        ...by(`${SYSTEM}:node-controller`),
        oldObject: taints('gpu', 'node.kubernetes.io/not-ready'),
        object: taints('node.kubernetes.io/unreachable', 'gpu'),
      }),
      by: ['not-node-conditions'],
    },
    {
      name: 'no other taints of its',
      match: { actions: ['TaintChange'] },
      of: review({
        ...node,
        ...by(`${SYSTEM}:node-controller`),
        oldObject: taints('node.kubernetes.io/not-ready', 'gpu'),
        object: taints('node.kubernetes.io/unreachable'),
      }),
      by: [],
    },
    {
      name: 'no such taints of anybody else',
      match: { actions: ['TaintChange'] },
      of: review({ ...node, oldObject: taints(), object: taints('node.kubernetes.io/unreachable') }),
      by: [],
    },
    {
      name: 'the counting of the disruption controller',
      match: loosen,
      of: status({}, {}, { ...budget, ...by(`${SYSTEM}:disruption-controller`) }),
      by: ['not-status-alone'],
    },
    { name: 'no status of a budget by anybody else', match: loosen, of: status({}, {}, budget), by: [] },
    {
      name: 'the status of a budget, where others are judged',
      match: { actions: ['LabelChange'], resources: named('policy', 'poddisruptionbudgets') },
      of: status({}, {}, budget),
      by: ['not-status-alone'],
    },
  ])('$name', ({ match, of, by: conditions }) => expect(drops(match, of)).toEqual(conditions));
});
