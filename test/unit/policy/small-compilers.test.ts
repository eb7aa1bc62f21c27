import { describe, expect, test } from 'vitest';
import type { LabelSelector } from '../../../src/api/v1alpha1.ts';
import { FieldErrors } from '../../../src/policy/field-error.ts';
import { parseImageReference } from '../../../src/policy/image-reference.ts';
import { compileLabelSelector } from '../../../src/policy/label-selector.ts';
import { compileRegularExpression } from '../../../src/policy/regular-expression.ts';

describe('image references', () => {
  const DIGEST = `sha256:${'0'.repeat(64)}`;
  test.each([
    ['nginx', 'docker.io/library/nginx', undefined, undefined],
    ['nginx:1', 'docker.io/library/nginx', '1', undefined],
    ['docker.io/nginx', 'docker.io/library/nginx', undefined, undefined],
    ['index.docker.io/nginx', 'docker.io/library/nginx', undefined, undefined],
    ['a/b', 'docker.io/a/b', undefined, undefined],
    ['localhost/a', 'localhost/a', undefined, undefined],
    ['localhost:5000/a:1', 'localhost:5000/a', '1', undefined],
    [`r.io/a/b/c:v1@${DIGEST}`, 'r.io/a/b/c', 'v1', DIGEST],
    ['R.IO/a', 'r.io/a', undefined, undefined],
    ['Foo/a', 'foo/a', undefined, undefined],
    ['[::1]:5000/a', '[::1]:5000/a', undefined, undefined],
    ['r.io:443/a', 'r.io:443/a', undefined, undefined],
    ['a__b/c-d.e', 'docker.io/a__b/c-d.e', undefined, undefined],
  ])('%s is %s, tag %s, digest %s', (text, repository, tag, digest) => {
    expect(parseImageReference(text)).toEqual({ repository, ...(tag && { tag }), ...(digest && { digest }) });
  });

  test.each([
    '',
    ' nginx',
    'nginx ',
    'NGINX',
    'r.io/A',
    'nginx:',
    'nginx:a b',
    'nginx@sha256:abc',
    `nginx@${DIGEST}@${DIGEST}`,
    'r.io/',
    '/a',
    'a//b',
    'a/../b',
    'http://r.io/a',
    'r.io/a\nb',
    'a_b._c',
    'f'.repeat(64),
    `a/${'b'.repeat(1100)}`,
  ])('%j can not be read', (text) => expect(parseImageReference(text)).toBeUndefined());
});

describe('regular expressions', () => {
  test.each([
    ['a+', 'aa', true],
    ['a', 'ba', false],
    ['a|bc', 'bc', true],
    ['a|bc', 'ac', false],
    ['.*', 'a\nb', false],
    ['(?s).*', 'a\nb', true],
    ['a$', 'a\n', false],
    ['', '', true],
  ])('%s on %j: %s', (pattern, text, expected) => expect(compileRegularExpression(pattern)(text)).toBe(expected));

  test('longer than 1024 characters are refused', () => {
    expect(() => compileRegularExpression('a'.repeat(1025))).toThrow('must not be longer than 1024 characters');
  });

  test.each(['(a+)+b', '(a|a)*b', '(.*a){20}b', '(a?){500}b'])('%s takes no exponential time', (pattern) => {
    const started = performance.now();
    expect(compileRegularExpression(pattern)('a'.repeat(900))).toBe(false);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('label selectors', () => {
  const matches = (selector: LabelSelector, labels: Record<string, string>) =>
    compileLabelSelector(selector, 'f', new FieldErrors())(new Map(Object.entries(labels)));
  const expression = (operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist', ...values: string[]): LabelSelector => ({
    matchExpressions: [{ key: 'a', operator, ...(values.length > 0 && { values }) }],
  });

  test.each<[LabelSelector, Record<string, string>, boolean]>([
    [{}, {}, true],
    [{ matchLabels: { a: '1' } }, { a: '1', b: '2' }, true],
    [{ matchLabels: { a: '1', b: '2' } }, { a: '1' }, false],
    [{ matchLabels: { a: '' } }, {}, false],
    [{ matchLabels: { a: '' } }, { a: '' }, true],
    [expression('In', '1', '2'), { a: '2' }, true],
    [expression('In', '1'), {}, false],
    [expression('NotIn', '1'), {}, true],
    [expression('NotIn', '1'), { a: '1' }, false],
    [expression('NotIn', '1'), { a: '2' }, true],
    [expression('Exists'), { a: '' }, true],
    [expression('Exists'), {}, false],
    [expression('DoesNotExist'), {}, true],
    [expression('DoesNotExist'), { a: '' }, false],
    [{ matchLabels: { b: '1' }, ...expression('Exists') }, { a: '1' }, false],
  ])('%j on %j: %s', (selector, labels, expected) => expect(matches(selector, labels)).toBe(expected));

  test.each([
    [expression('In'), 'must not be empty for the operator In'],
    [expression('NotIn'), 'must not be empty for the operator NotIn'],
    [expression('Exists', '1'), 'must be empty for the operator Exists'],
    [expression('DoesNotExist', '1'), 'must be empty for the operator DoesNotExist'],
  ])('%j is refused: %s', (selector, message) => {
    const errors = new FieldErrors();
    compileLabelSelector(selector, 'spec.match.objectSelector', errors);
    expect(errors.all).toEqual([{ field: 'spec.match.objectSelector.matchExpressions[0].values', message }]);
  });
});
