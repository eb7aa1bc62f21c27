import { describe, expect, test } from 'vitest';
import { compiled, findingOf } from '../support/judge.ts';
import { captured, widgetUpdate } from '../support/reviews.ts';
import { changesOf, podCreate, podUpdate, TEMPLATED, told } from '../support/workloads.ts';

const token = (name: string, ...sources: readonly object[]) => ({ volumes: [{ name, projected: { sources } }] });
const TOKEN = { serviceAccountToken: { path: 'token', audience: 'vault' } };

describe('ServiceAccountChange', () => {
  test.each([
    ['another account', { serviceAccountName: 'a' }, { serviceAccountName: 'b' }, ['serviceAccountName a -> b']],
    ['an account where none was named', {}, { serviceAccountName: 'b' }, ['serviceAccountName default -> b']],
    ['no account any more', { serviceAccountName: 'a' }, {}, ['serviceAccountName a -> default']],
    ['the deprecated field', { serviceAccount: 'a' }, { serviceAccount: 'b' }, ['serviceAccountName a -> b']],
    ['an account by the other field', { serviceAccount: 'a' }, { serviceAccountName: 'a' }, []],
    ['default, written out', {}, { serviceAccountName: 'default' }, []],
    ['an empty name', { serviceAccountName: '' }, {}, []],
    [
      'a token that is mounted again',
      { automountServiceAccountToken: false },
      {},
      ['automountServiceAccountToken false -> nothing'],
    ],
    [
      'a token that is mounted by word',
      { automountServiceAccountToken: false },
      { automountServiceAccountToken: true },
      ['automountServiceAccountToken false -> true'],
    ],
    ['a token that is no longer mounted', {}, { automountServiceAccountToken: false }, []],
    ['a mount that was there, by word', {}, { automountServiceAccountToken: true }, []],
    ['a projected token', {}, token('t', TOKEN), ['volumes[t].projected.sources.serviceAccountToken nothing -> true']],
    [
      'a projected token in a volume that was there',
      token('t', { secret: {} }),
      token('t', { secret: {} }, TOKEN),
      ['volumes[t].projected.sources.serviceAccountToken nothing -> true'],
    ],
    ['a projected token that was there', token('t', TOKEN), token('t', { secret: {} }, TOKEN), []],
    ['another projected volume', {}, token('t', { secret: {} }), []],
  ])('%s', (_name, from, to, expected) => {
    const lines = told(changesOf('ServiceAccountChange', podUpdate(from, to)));
    expect(lines).toEqual(expected.map((line) => `$.spec.template.spec.${line}`));
  });

  test.each(TEMPLATED)('of %s', (kind) => {
    const of = podUpdate({ serviceAccountName: 'a' }, { serviceAccountName: 'b' }, kind);
    expect(changesOf('ServiceAccountChange', of)).toHaveLength(1);
    expect(changesOf('ServiceAccountChange', podCreate({ serviceAccountName: 'a' }, kind))).toBeUndefined();
  });

  test.each(['pods', 'controllerrevisions'])('not of %s, where it is immutable', (kind) => {
    const of = podUpdate({ serviceAccountName: 'a' }, { serviceAccountName: 'b' }, kind);
    expect(changesOf('ServiceAccountChange', of)).toBeUndefined();
  });

  test('of a custom resource, where a guardrail tells its template', () => {
    const of = (serviceAccountName: string) => ({ spec: { pod: { spec: { serviceAccountName } } } });
    const path = '$.spec.pod';
    expect(told(changesOf('ServiceAccountChange', widgetUpdate(of('a'), of('b')), path))).toEqual([
      '$.spec.pod.spec.serviceAccountName a -> b',
    ]);
    expect(changesOf('ServiceAccountChange', widgetUpdate(of('a'), of('b')))).toBeUndefined();
  });

  test('is told with the names', () => {
    const finding = findingOf(
      compiled({ actions: ['ServiceAccountChange'] }),
      captured('deployment-service-account-set'),
    );
    expect(finding?.message).toContain('serviceAccountName default -> ci');
  });
});
