import { describe, expect, test } from 'vitest';
import { tokenRequest } from '../../../../src/policy/actions/token-request.ts';
import type { KubeObject, Review } from '../../../../src/policy/review.ts';
import { targetOf } from '../../../../src/policy/target.ts';
import { compiled, findingOf } from '../support/judge.ts';
import { captured, review } from '../support/reviews.ts';

type Fields = Readonly<Record<string, unknown>>;

const ACCOUNT_NAME = 'kubernetes.io/service-account.name';
const SECRETS = { group: '', resource: 'secrets' };
const CSRS = { group: 'certificates.k8s.io', resource: 'certificatesigningrequests' };

const changes = (of: Review) =>
  tokenRequest.detect({ review: of, target: targetOf(of, undefined, undefined), info: undefined });

const secret = (type: string, more: Fields = {}): KubeObject => ({ type, ...more });
const ofAccount = (name: string, data: Fields = {}): KubeObject =>
  secret('kubernetes.io/service-account-token', { metadata: { annotations: { [ACCOUNT_NAME]: name } }, data });

describe('a Secret', () => {
  test.each<[string, KubeObject | undefined, KubeObject, boolean]>([
    ['for the token of an account, created', undefined, ofAccount('ci'), true],
    ['for the token of another account', ofAccount('ci'), ofAccount('admin'), true],
    [
      'for the token of an account, filled by the control plane',
      ofAccount('ci'),
      ofAccount('ci', { token: 'eyJ' }),
      false,
    ],
    [
      'of a bootstrap token, created',
      undefined,
      secret('bootstrap.kubernetes.io/token', { data: { 'token-id': 'YQ==' } }),
      true,
    ],
    [
      'of a bootstrap token that lives longer',
      secret('bootstrap.kubernetes.io/token', { data: { expiration: 'YQ==' } }),
      secret('bootstrap.kubernetes.io/token', { data: { expiration: 'Yg==' } }),
      true,
    ],
    [
      'of a bootstrap token with a label',
      secret('bootstrap.kubernetes.io/token'),
      secret('bootstrap.kubernetes.io/token', { metadata: { labels: { a: 'b' } } }),
      false,
    ],
    ['of any other type', undefined, secret('Opaque', { metadata: { annotations: { [ACCOUNT_NAME]: 'ci' } } }), false],
    [
      'of any other type that changes',
      secret('Opaque', { data: { token: 'a' } }),
      secret('Opaque', { data: { token: 'b' } }),
      false,
    ],
  ])('%s', (_name, before, after, is) => {
    const at = before === undefined ? { operation: 'CREATE' as const } : { oldObject: before };
    expect(changes(review({ ...SECRETS, ...at, object: after })) !== undefined).toBe(is);
  });
});

const conditions = (...types: readonly string[]): KubeObject => ({
  spec: { signerName: 'kubernetes.io/kube-apiserver-client', username: 'mallory' },
  status: { conditions: types.map((type) => ({ type, status: 'True' })) },
});

describe('a request for a certificate', () => {
  test.each<[string, KubeObject, KubeObject, boolean]>([
    ['that is approved', conditions(), conditions('Approved'), true],
    ['that is approved beside other conditions', conditions('Failed'), conditions('Failed', 'Approved'), true],
    ['that is denied', conditions(), conditions('Denied'), false],
    ['that was approved before', conditions('Approved'), conditions('Approved', 'Failed'), false],
  ])('%s', (_name, before, after, is) => {
    const of = review({ ...CSRS, subresource: 'approval', oldObject: before, object: after });
    expect(changes(of) !== undefined).toBe(is);
    expect(changes({ ...of, subresource: '' })).toBeUndefined();
  });
});

describe('what is told', () => {
  const told = (of: Review) => findingOf(compiled({ actions: ['TokenRequest'], derived: 'Include' }), of);

  test.each([
    ['token-request', 'serviceaccounts/ci in shop: audiences vault, expirationSeconds 7200'],
    ['token-request-by-kubelet', 'boundObjectRef.kind Pod'],
    ['csr-approve', 'signerName example.com/nobody, username admin'],
    ['secret-create-account-token', `secrets/long-lived in shop: type, metadata.annotations['${ACCOUNT_NAME}']`],
  ])('of %s', (name, text) => expect(told(captured(name))?.message).toContain(text));

  test('holds nothing of a token', () => {
    const SECRET = 'hunter2-5ecret';
    const bootstrap = secret('bootstrap.kubernetes.io/token', {
      data: { 'token-secret': SECRET },
      stringData: { a: SECRET },
    });
    const filled = review({
      group: '',
      resource: 'serviceaccounts',
      subresource: 'token',
      operation: 'CREATE',
      object: { spec: {}, status: { token: SECRET } },
    });
    for (const of of [review({ ...SECRETS, operation: 'CREATE', object: bootstrap }), filled]) {
      expect(told(of)).toBeDefined();
      expect(JSON.stringify(told(of))).not.toContain(SECRET);
    }
  });
});

test('types that the API does not allow are read without a word', () => {
  for (const odd of [1, null, [], {}, [null, 1]]) {
    const object = { type: odd, data: odd, spec: odd, status: { conditions: odd }, metadata: { annotations: odd } };
    for (const of of [
      SECRETS,
      { ...CSRS, subresource: 'approval' },
      { group: '', resource: 'serviceaccounts', subresource: 'token' },
    ]) {
      expect(() => changes(review({ ...of, oldObject: {}, object }))).not.toThrow();
    }
  }
});
