import { describe, expect, test } from 'vitest';
import { networkPolicyChange, networkPolicyLoosen } from '../../../../src/policy/actions/network-policy.ts';
import type { KubeObject, Review } from '../../../../src/policy/review.ts';
import { targetOf } from '../../../../src/policy/target.ts';
import { compiled, findingOf } from '../support/judge.ts';
import { review } from '../support/reviews.ts';

const OF = { group: 'networking.k8s.io', resource: 'networkpolicies' };

type Spec = Readonly<Record<string, unknown>>;

const policy = (spec: Spec, metadata: Spec = {}): KubeObject => ({
  metadata: { name: 'web', ...metadata },
  spec: { podSelector: {}, policyTypes: ['Ingress'], ...spec },
});

const update = (from: Spec, to: Spec): Review => review({ ...OF, oldObject: policy(from), object: policy(to) });

const found = (of: Review) => {
  const event = { review: of, target: targetOf(of, undefined, undefined), info: undefined };
  return { loosen: networkPolicyLoosen.detect(event), change: networkPolicyChange.detect(event) };
};

/** What a change of the policy is: more, other, or the same as before. */
function verdict(of: Review): 'Loosen' | 'Change' | 'Nothing' {
  const { loosen, change } = found(of);
  if (loosen !== undefined) return 'Loosen';
  return change === undefined ? 'Nothing' : 'Change';
}

const ingress = (...rules: readonly Spec[]): Spec => ({ ingress: rules });
const from = (...peers: readonly Spec[]): Spec => ({ from: peers });
const block = (cidr: string, ...except: readonly string[]): Spec => ({ ipBlock: { cidr, except } });
const pods = (labels: Spec): Spec => ({ podSelector: { matchLabels: labels } });
const expression = (key: string, operator: string, ...values: readonly string[]): Spec => ({
  podSelector: { matchExpressions: [{ key, operator, values }] },
});
const on = (...ports: readonly Spec[]): Spec => ({ ports });
const WEB = { app: 'web' };
const WEB_OF_GOLD = { app: 'web', tier: 'gold' };

const UPDATES: readonly (readonly [string, Spec, Spec, 'Loosen' | 'Change' | 'Nothing'])[] = [
  ['the same policy', ingress(from(pods(WEB))), ingress(from(pods(WEB))), 'Nothing'],
  [
    'another order of rules, peers and ports',
    ingress(from(pods(WEB), block('10.0.0.0/8')), on({ port: 80 }, { port: 443 })),
    ingress(on({ port: 443 }, { port: 80 }), from(block('10.0.0.0/8'), pods(WEB))),
    'Nothing',
  ],
  ['null in the place of no rules', {}, { ingress: null, egress: null }, 'Nothing'],
  ['no rules in the place of an empty list of them', ingress(), {}, 'Nothing'],
  ['a first rule', {}, ingress(from(pods(WEB))), 'Loosen'],
  ['an empty rule', {}, ingress({}), 'Loosen'],
  ['a rule that goes', ingress(from(pods(WEB)), from(block('10.0.0.0/8'))), ingress(from(pods(WEB))), 'Change'],
  ['the only rule that goes', ingress({}), {}, 'Change'],
  ['one more peer', ingress(from(pods(WEB))), ingress(from(pods(WEB), block('10.0.0.0/8'))), 'Loosen'],
  ['peers that go altogether, which is everybody', ingress(from(pods(WEB))), ingress(from()), 'Loosen'],
  ['peers where there was everybody', ingress({}), ingress(from(pods(WEB))), 'Change'],
  ['one more port', ingress(on({ port: 80 })), ingress(on({ port: 80 }, { port: 443 })), 'Loosen'],
  ['ports that go altogether, which is every port', ingress(on({ port: 80 })), ingress(on()), 'Loosen'],
  ['a port without a number', ingress(on({ port: 80 })), ingress(on({ protocol: 'TCP' })), 'Loosen'],
  ['a number where there was every port of TCP', ingress(on({ protocol: 'TCP' })), ingress(on({ port: 80 })), 'Change'],
  ['another protocol', ingress(on({ port: 80 })), ingress(on({ port: 80, protocol: 'UDP' })), 'Loosen'],
  [
    'the protocol that is meant without one',
    ingress(on({ port: 80 })),
    ingress(on({ port: 80, protocol: 'TCP' })),
    'Change',
  ],
  ['a longer range of ports', ingress(on({ port: 80, endPort: 90 })), ingress(on({ port: 80, endPort: 91 })), 'Loosen'],
  [
    'a shorter range of ports',
    ingress(on({ port: 80, endPort: 90 })),
    ingress(on({ port: 81, endPort: 89 })),
    'Change',
  ],
  ['one port of a range', ingress(on({ port: 80, endPort: 90 })), ingress(on({ port: 85 })), 'Change'],
  ['a port by name', ingress(on({ port: 80 })), ingress(on({ port: 'http' })), 'Loosen'],
  ['another port by name', ingress(on({ port: 'http' })), ingress(on({ port: 'admin' })), 'Loosen'],
  [
    'a rule that is split into two',
    ingress({ ...from(pods(WEB), block('10.0.0.0/8')), ...on({ port: 80 }) }),
    ingress({ ...from(pods(WEB)), ...on({ port: 80 }) }, { ...from(block('10.0.0.0/8')), ...on({ port: 80 }) }),
    'Change',
  ],
  [
    'two rules that are joined to one',
    ingress({ ...from(pods(WEB)), ...on({ port: 80 }) }, { ...from(block('10.0.0.0/8')), ...on({ port: 80 }) }),
    ingress({ ...from(pods(WEB), block('10.0.0.0/8')), ...on({ port: 80 }) }),
    'Change',
  ],
  [
    'two rules that are joined so that each peer gets the ports of the other',
    ingress({ ...from(pods(WEB)), ...on({ port: 80 }) }, { ...from(block('10.0.0.0/8')), ...on({ port: 443 }) }),
    ingress({ ...from(pods(WEB), block('10.0.0.0/8')), ...on({ port: 80 }, { port: 443 }) }),
    'Loosen',
  ],
  ['a wider block', ingress(from(block('10.1.0.0/16'))), ingress(from(block('10.0.0.0/8'))), 'Loosen'],
  ['a narrower block', ingress(from(block('10.0.0.0/8'))), ingress(from(block('10.1.0.0/16'))), 'Change'],
  [
    'a block of the same bits beside it',
    ingress(from(block('10.0.0.0/16'))),
    ingress(from(block('10.1.0.0/16'))),
    'Loosen',
  ],
  ['everything of the other family', ingress(from(block('0.0.0.0/0'))), ingress(from(block('::/0'))), 'Loosen'],
  ['a narrower block of IPv6', ingress(from(block('fd00::/8'))), ingress(from(block('fd00:1::/32'))), 'Change'],
  ['a block that is none', ingress(from(block('0.0.0.0/0'))), ingress(from(block('10.0.0.0/33'))), 'Loosen'],
  [
    'an exception that goes',
    ingress(from(block('10.0.0.0/8', '10.1.0.0/16'))),
    ingress(from(block('10.0.0.0/8'))),
    'Loosen',
  ],
  [
    'an exception that shrinks',
    ingress(from(block('10.0.0.0/8', '10.1.0.0/16'))),
    ingress(from(block('10.0.0.0/8', '10.1.1.0/24'))),
    'Loosen',
  ],
  [
    'an exception that comes',
    ingress(from(block('10.0.0.0/8'))),
    ingress(from(block('10.0.0.0/8', '10.1.0.0/16'))),
    'Change',
  ],
  [
    'an exception that grows',
    ingress(from(block('10.0.0.0/8', '10.1.1.0/24'))),
    ingress(from(block('10.0.0.0/8', '10.1.0.0/16'))),
    'Change',
  ],
  [
    'an exception that a narrower block no longer needs',
    ingress(from(block('10.0.0.0/8', '10.1.0.0/16'))),
    ingress(from(block('10.2.0.0/16'))),
    'Change',
  ],
  ['pods in the place of addresses', ingress(from(block('0.0.0.0/0'))), ingress(from(pods(WEB))), 'Loosen'],
  ['addresses in the place of pods', ingress(from(pods({}))), ingress(from(block('10.0.0.0/8'))), 'Loosen'],
  ['one more label of a peer', ingress(from(pods(WEB))), ingress(from(pods(WEB_OF_GOLD))), 'Change'],
  ['one label less of a peer', ingress(from(pods(WEB_OF_GOLD))), ingress(from(pods(WEB))), 'Loosen'],
  ['another label of a peer', ingress(from(pods(WEB))), ingress(from(pods({ app: 'shop' }))), 'Loosen'],
  ['one of the values', ingress(from(expression('app', 'In', 'web', 'shop'))), ingress(from(pods(WEB))), 'Change'],
  [
    'one more of the values',
    ingress(from(expression('app', 'In', 'web'))),
    ingress(from(expression('app', 'In', 'web', 'shop'))),
    'Loosen',
  ],
  [
    'one value less that is not meant',
    ingress(from(expression('app', 'NotIn', 'web', 'shop'))),
    ingress(from(expression('app', 'NotIn', 'web'))),
    'Loosen',
  ],
  [
    'one more value that is not meant',
    ingress(from(expression('app', 'NotIn', 'web'))),
    ingress(from(expression('app', 'NotIn', 'web', 'shop'))),
    'Change',
  ],
  ['a value where any was meant', ingress(from(expression('app', 'Exists'))), ingress(from(pods(WEB))), 'Change'],
  ['any value where one was meant', ingress(from(pods(WEB))), ingress(from(expression('app', 'Exists'))), 'Loosen'],
  [
    'no label where one was not meant',
    ingress(from(expression('app', 'NotIn', 'web'))),
    ingress(from(expression('app', 'DoesNotExist'))),
    'Change',
  ],
  [
    'an operator that nobody knows',
    ingress(from(expression('app', 'In', 'web'))),
    ingress(from(expression('app', 'Near', 'web'))),
    'Loosen',
  ],
  [
    'all namespaces beside the own',
    ingress(from(pods(WEB))),
    ingress(from({ ...pods(WEB), namespaceSelector: {} })),
    'Loosen',
  ],
  [
    'the own namespace in the place of all',
    ingress(from({ ...pods(WEB), namespaceSelector: {} })),
    ingress(from(pods(WEB))),
    'Change',
  ],
  [
    'the own namespace in the place of some, which may not be it',
    ingress(from({ ...pods(WEB), namespaceSelector: { matchLabels: { a: 'b' } } })),
    ingress(from(pods(WEB))),
    'Loosen',
  ],
  ['a peer without anything', ingress(from(pods(WEB))), ingress(from({})), 'Loosen'],
  ['Pods that are no longer selected', {}, pods(WEB), 'Loosen'],
  ['other Pods', pods(WEB), pods({ app: 'shop' }), 'Loosen'],
  ['more Pods that are isolated', pods(WEB), {}, 'Change'],
  ['more Pods, which the rules open as well', { ...pods(WEB), ...ingress({}) }, ingress({}), 'Loosen'],
  ['the same selector in other words', pods(WEB), expression('app', 'In', 'web'), 'Nothing'],
  ['a direction that is no longer covered', { policyTypes: ['Ingress', 'Egress'] }, {}, 'Loosen'],
  ['one more direction that is closed', {}, { policyTypes: ['Ingress', 'Egress'] }, 'Change'],
  ['one more direction with a rule', {}, { policyTypes: ['Ingress', 'Egress'], egress: [{}] }, 'Loosen'],
  ['a rule for a direction that is not covered', {}, { egress: [{}] }, 'Change'],
  [
    'rules for a direction that comes to be covered',
    { egress: [{}] },
    { egress: [{}], policyTypes: ['Ingress', 'Egress'] },
    'Loosen',
  ],
  [
    'another peer to go to',
    { policyTypes: ['Egress'], egress: [{ to: [pods(WEB)] }] },
    { policyTypes: ['Egress'], egress: [{ to: [pods({})] }] },
    'Loosen',
  ],
  [
    'types that the API server would have set',
    { policyTypes: [], egress: [{}] },
    { policyTypes: ['Ingress', 'Egress'], egress: [{}] },
    'Change',
  ],
];

describe('a NetworkPolicy that is changed', () => {
  test.each(UPDATES)('%s', (_name, before, after, is) => expect(verdict(update(before, after))).toBe(is));

  test('whatever lets more through is a change too', () => {
    for (const [name, before, after] of UPDATES) {
      const { loosen, change } = found(update(before, after));
      if (loosen !== undefined) expect(change, name).toBeDefined();
    }
  });

  test('labels and annotations are no change of what it lets through', () => {
    const of = review({ ...OF, oldObject: policy({}), object: policy({}, { labels: WEB, annotations: WEB }) });
    expect(verdict(of)).toBe('Nothing');
  });

  test('the last finalizer of one that is being deleted deletes it', () => {
    const going = { deletionTimestamp: '2026-01-01T00:00:00Z' };
    const of = review({ ...OF, oldObject: policy({}, { ...going, finalizers: ['a/b'] }), object: policy({}, going) });
    expect(verdict(of)).toBe('Loosen');
  });

  test('another kind with the same fields is not looked at', () => {
    expect(verdict({ ...update({}, ingress({})), group: 'crd.example.com' })).toBe('Nothing');
  });
});

describe('a NetworkPolicy that is created or deleted', () => {
  test.each<[string, Partial<Review>, 'Loosen' | 'Change']>([
    ['one with a rule opens', { operation: 'CREATE', object: policy(ingress(from(pods(WEB)))) }, 'Loosen'],
    ['one without rules only closes', { operation: 'CREATE', object: policy({}) }, 'Change'],
    [
      'one with a rule for a direction that it does not cover',
      { operation: 'CREATE', object: policy({ egress: [{}] }) },
      'Change',
    ],
    ['one that is deleted opens', { operation: 'DELETE', oldObject: policy({}) }, 'Loosen'],
  ])('%s', (_name, parts, is) => expect(verdict(review({ ...OF, ...parts }))).toBe(is));
});

describe('what is told', () => {
  const told = (of: Review) => findingOf(compiled({ actions: ['NetworkPolicyChange'] }), of)?.message;

  test.each<[string, Spec, Spec, string]>([
    [
      'a rule that comes',
      {},
      ingress({ ...from(block('10.0.0.0/8', '10.1.0.0/16')), ...on({ port: 80, endPort: 90 }) }),
      'ingress[0] from 10.0.0.0/8 (except 1) on TCP/80-90',
    ],
    [
      'a rule that goes',
      ingress(on({ protocol: 'UDP', port: 'dns' })),
      {},
      'ingress[0] from everywhere on UDP/dns removed',
    ],
    [
      'peers by labels',
      {},
      ingress(from({ ...pods(WEB), namespaceSelector: {} })),
      'ingress[0] from pods app=web of all namespaces on every port',
    ],
    ['a selector', pods(WEB), expression('app', 'In', 'web', 'shop'), 'podSelector app=web -> app In (web, shop)'],
  ])('of %s', (_name, before, after, text) => expect(told(update(before, after))).toContain(`: ${text}`));

  test('a rule that reads as another is told, and counts as a change', () => {
    const peers = (last: string) => ingress(from(...['1', '2', '3', last].map((octet) => block(`10.0.0.${octet}/32`))));
    const { change } = found(update(peers('4'), peers('5')));
    expect(change).toEqual([
      { path: '$.spec.ingress[0]', to: 'from 10.0.0.1/32, 10.0.0.2/32, 10.0.0.3/32, others on every port' },
    ]);
  });
});

describe('hostile policies', () => {
  const many = (count: number, rule: (index: number) => Spec): Spec[] =>
    Array.from({ length: count }, (_, index) => rule(index));
  const address = (index: number) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}/32`;

  test.each<[string, Spec, Spec]>([
    [
      'of thousands of rules that all differ',
      ingress(...many(5_000, (n) => from(pods({ a: `${n}` })))),
      ingress(...many(5_000, (n) => from(pods({ b: `${n}` })))),
    ],
    [
      'of rules whose peers and ports multiply',
      {},
      ingress({ from: many(3_000, (n) => block(address(n))), ports: many(3_000, (port) => ({ port })) }),
    ],
    [
      'of long exceptions',
      ingress(from(block('0.0.0.0/0', ...many(3_000, () => ({})).map((_, n) => address(n))))),
      ingress(from(block('0.0.0.0/0', ...many(3_000, () => ({})).map((_, n) => address(n + 1))))),
    ],
  ])('%s count as letting more through, and take no time', (_name, before, after) => {
    const of = update(before, after);
    const start = process.cpuUsage();
    expect(found(of).loosen).toBeDefined();
    expect(process.cpuUsage(start).user / 1_000).toBeLessThan(1_000);
  });

  test('one of a thousand addresses that goes is still no loosening', () => {
    const all = many(1_000, (n) => block(address(n)));
    expect(verdict(update(ingress(from(...all)), ingress(from(...all.slice(1)))))).toBe('Change');
  });

  test('types that the API does not allow are read without a word', () => {
    const odd = [1, 'a', null, [], {}, { from: 1, ports: { a: 1 } }, { from: [null, 7], ports: ['x', { port: {} }] }];
    for (const one of odd)
      expect(() => found(update({}, { ingress: one, egress: [one], podSelector: one }))).not.toThrow();
  });
});
