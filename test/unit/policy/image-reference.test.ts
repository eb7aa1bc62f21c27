import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { effectiveTag, fullReference, parseImageReference } from '../../../src/policy/image-reference.ts';

/** What the library of container tools makes of a reference; scripts/reference-corpus writes it. */
interface Read {
  readonly reference: string;
  readonly repository?: string;
  readonly tag?: string;
  readonly digest?: string;
  readonly error?: string;
}

const CORPUS: readonly Read[] = JSON.parse(
  readFileSync(new URL('../../corpus/image-references.json', import.meta.url), 'utf8'),
);
const DIGEST = `sha256:${'0'.repeat(64)}`;

describe('the corpus', () => {
  test('is of references that can be read and of such that can not', () => {
    const refused = CORPUS.filter(({ error }) => error !== undefined);
    expect(CORPUS.length).toBeGreaterThan(150);
    expect(refused.length).toBeGreaterThan(50);
    expect(CORPUS.length - refused.length).toBeGreaterThan(50);
  });

  test.each(CORPUS)('$reference', ({ reference, error, ...read }) => {
    expect(parseImageReference(reference)).toEqual(error === undefined ? read : undefined);
  });
});

test.each([
  ['has a registry that no name service could know', `${'a.'.repeat(600)}io/web`],
  ['is long beyond reason', 'a'.repeat(1024 * 1024)],
])('a reference that %s can not be read', (_, reference) => expect(parseImageReference(reference)).toBeUndefined());

describe('the tag that an image is pulled by', () => {
  test.each([
    ['nginx', 'latest', 'docker.io/library/nginx:latest'],
    ['nginx:1', '1', 'docker.io/library/nginx:1'],
    [`nginx@${DIGEST}`, undefined, `docker.io/library/nginx@${DIGEST}`],
    [`nginx:1@${DIGEST}`, '1', `docker.io/library/nginx:1@${DIGEST}`],
  ])('of %s is %s, in full %s', (text, tag, full) => {
    const reference = parseImageReference(text) ?? expect.unreachable();
    expect(effectiveTag(reference)).toBe(tag);
    expect(fullReference(reference)).toBe(full);
  });
});
