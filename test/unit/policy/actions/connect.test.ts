import { describe, expect, test } from 'vitest';
import { decodeReview } from '../../../../src/admission/decode.ts';
import { proxy } from '../../../../src/policy/actions/connect.ts';
import { debug } from '../../../../src/policy/actions/debug.ts';
import type { KubeObject, Review } from '../../../../src/policy/review.ts';
import { targetOf } from '../../../../src/policy/target.ts';
import { compiled, findingOf } from '../support/judge.ts';
import { captured, capturedBody, review } from '../support/reviews.ts';

const eventOf = (of: Review) => ({ review: of, target: targetOf(of, undefined, undefined), info: undefined });

describe('Proxy', () => {
  test.each(['pod-proxy', 'service-proxy', 'service-proxy-with-scheme', 'node-proxy'])(
    '%s tells nothing of the path',
    (name) => {
      const finding = findingOf(compiled({ actions: ['Proxy'] }), captured(name));
      expect(finding).toMatchObject({ action: 'Proxy', changes: [] });
      expect(finding?.message).toMatch(/denied Proxy of (pods|services|nodes)\/(proxied|node-1)( in shop)?$/);
    },
  );

  test('a scheme and a port beside the name do not hide the object', () => {
    const byName = compiled({ actions: ['Proxy'], names: ['proxied'] });
    const body = capturedBody('service-proxy-with-scheme').toString();
    for (const name of ['https:proxied:80', ':proxied:80', 'https:proxied:', 'proxied:80', 'proxied:', 'proxied']) {
      const of = decodeReview(Buffer.from(body.replace('"https:proxied:80"', JSON.stringify(name))));
      expect(findingOf(byName, of)?.outcome, name).toBe('Denied');
    }
  });

  test('a condition can read the path', () => {
    const when = [{ field: { path: '$.path', in: 'Object' as const, operator: 'Glob' as const, values: ['/admin*'] } }];
    const guard = compiled({ actions: ['Proxy'] }, { when: when as never });
    expect(findingOf(guard, captured('pod-proxy'))?.outcome).toBe('Denied');
    expect(findingOf(guard, captured('service-proxy'))?.outcome).toBe('Allowed');
  });

  test('other connections are none', () => expect(proxy.detect(eventOf(captured('pod-exec')))).toBeUndefined());
});

describe('Debug', () => {
  const pod = (...names: readonly string[]): KubeObject => ({
    spec: {
      containers: [{ name: 'web', image: 'web:1' }],
      ephemeralContainers: names.map((name) => ({ name, image: `${name}:1` })),
    },
  });
  const added = (before: KubeObject, after: KubeObject, subresource = 'ephemeralcontainers') =>
    debug.detect(eventOf(review({ group: '', resource: 'pods', subresource, oldObject: before, object: after })));

  test.each<[string, KubeObject, KubeObject, readonly string[] | undefined]>([
    ['a first container', pod(), pod('a'), ['a:1']],
    ['a further one, put before the others', pod('a'), pod('b', 'a'), ['b:1']],
    ['several at once', pod(), pod('a', 'b'), ['a:1', 'b:1']],
    ['another order', pod('a', 'b'), pod('b', 'a'), undefined],
    ['the same ones', pod('a'), pod('a'), undefined],
    ['metadata alone', pod('a'), { ...pod('a'), metadata: { labels: { a: 'b' } } }, undefined],
  ])('%s', (_name, before, after, images) => {
    expect(added(before, after)?.map(({ to }) => to)).toEqual(images);
  });

  test('is told with the container and its image', () => {
    const finding = findingOf(compiled({ actions: ['Debug'] }), captured('pod-image-ephemeral-container'));
    expect(finding?.message).toContain(': ephemeralContainers[debugger-abcde].image evil.example.net/debug:2');
  });

  test('is no write to the Pod itself, and bears types that the API does not allow', () => {
    expect(added(pod(), pod('a'), '')).toBeUndefined();
    for (const odd of [1, null, {}, [null, 1, { name: {} }]]) {
      expect(() => added(pod(), { spec: { ephemeralContainers: odd } })).not.toThrow();
    }
  });
});
