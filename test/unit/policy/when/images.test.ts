import { describe, expect, test } from 'vitest';
import type { ImageScanCondition, ImagesCondition, WhenEntry } from '../../../../src/api/v1alpha1.ts';
import { compileErrorText, compileGuardrail } from '../../../../src/policy/compile.ts';
import type { Circumstances } from '../../../../src/policy/facts.ts';
import type { Review } from '../../../../src/policy/review.ts';
import { ScanIndex } from '../../../../src/policy/scan-index.ts';
import { readScanReport } from '../../../../src/policy/scan-report.ts';
import { type ScanResult, SOME_WORKLOAD, vulnerabilityReport } from '../../../support/vulnerability-report.ts';
import { compiled, findingOf, guardrail } from '../support/judge.ts';
import { captured, review } from '../support/reviews.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const OTHER = `sha256:${'cd'.repeat(32)}`;
const NOW = new Date('2026-01-01T12:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NGINX = 'docker.io/library/nginx:1.27';

const ago = (ms: number): Date => new Date(NOW.getTime() - ms);

/** A Deployment that comes into being with these images. */
const deployment = (...images: unknown[]): Review =>
  review({
    operation: 'CREATE',
    object: {
      metadata: { name: 'web', namespace: 'shop' },
      spec: { template: { spec: { containers: images.map((image, place) => ({ name: `c${place}`, image })) } } },
    },
  });

/** What becomes of it, and what is said of it after the changes. */
function judged(
  of: Review,
  images: ImagesCondition,
  circumstances: Partial<Circumstances> = {},
  more: WhenEntry[] = [],
) {
  const loaded = compiled({ actions: ['ImageChange'] }, { when: [{ images }, ...more] });
  const finding = findingOf(loaded, of, { now: NOW, ...circumstances });
  if (finding === undefined) throw new Error('it must match');
  const { outcome, message } = finding;
  // Nothing is written behind a full stop but explanations: names and images have no space after theirs.
  return { outcome, told: message.split('. ').slice(1) };
}

const outcome = (of: Review, images: ImagesCondition) => judged(of, images).outcome;

describe('notFrom', () => {
  test.each<[string, string[], string]>([
    ['nginx', ['docker.io/library/*'], 'Allowed'],
    ['nginx', ['docker.io/library/nginx'], 'Allowed'],
    ['nginx', ['docker.io/library/nginx:latest'], 'Allowed'],
    ['nginx:1', ['docker.io/library/nginx:1'], 'Allowed'],
    ['index.docker.io/nginx:1', ['docker.io/library/nginx:*'], 'Allowed'],
    [`r.io/a@${DIGEST}`, [`r.io/a@${DIGEST}`], 'Allowed'],
    ['R.IO/a', ['r.io/*'], 'Allowed'],
    ['nginx', ['nginx'], 'Denied'],
    ['nginx:2', ['docker.io/library/nginx:1'], 'Denied'],
    ['r.io.evil.net/a', ['r.io/*'], 'Denied'],
    ['evil.net/r.io/a', ['r.io/*'], 'Denied'],
    ['r.io:5000/a', ['r.io/*'], 'Denied'],
    [`r.io/a@${OTHER}`, [`r.io/a@${DIGEST}`], 'Denied'],
  ])('%s against %j is %s', (image, notFrom, expected) => {
    expect(outcome(deployment(image), { notFrom: notFrom as [string] })).toBe(expected);
  });
});

describe('tags', () => {
  test.each<[string, string[], string]>([
    ['nginx', ['latest'], 'Denied'],
    ['nginx:latest', ['latest'], 'Denied'],
    [`nginx:latest@${DIGEST}`, ['latest'], 'Denied'],
    ['nginx:dev-1', ['latest', 'dev-*'], 'Denied'],
    ['nginx:1', ['?'], 'Denied'],
    [`nginx@${DIGEST}`, ['*'], 'Allowed'],
    ['nginx:1', ['latest'], 'Allowed'],
    ['nginx:LATEST', ['latest'], 'Allowed'],
    ['r.io:5000/nginx:1', ['5000*'], 'Allowed'],
  ])('%s against %j is %s', (image, tags, expected) => {
    expect(outcome(deployment(image), { tags: tags as [string] })).toBe(expected);
  });
});

describe('withoutDigest', () => {
  test.each([
    ['nginx', 'Denied'],
    ['nginx:1', 'Denied'],
    [`nginx@${DIGEST}`, 'Allowed'],
    [`nginx:1@${DIGEST}`, 'Allowed'],
  ])('%s is %s', (image, expected) => expect(outcome(deployment(image), { withoutDigest: true })).toBe(expected));
});

describe('an image that can not be read', () => {
  const EVERY: readonly ImagesCondition[] = [
    { notFrom: ['*'] },
    { tags: ['latest'] },
    { withoutDigest: true },
    { scan: { onSourceUnavailable: 'Allow' } },
  ];
  const UNREADABLE = [
    '',
    'x/UPPER',
    'a b',
    'x@sha256:short',
    `x@sha256:${'A'.repeat(64)}`,
    'a'.repeat(64),
    'a'.repeat(2000),
  ];
  test.each(EVERY.flatMap((images) => UNREADABLE.map((image) => [images, image] as const)))(
    'trips %j: %j',
    (images, image) => {
      expect(judged(deployment(image), images)).toEqual({
        outcome: 'Denied',
        told: ['the image at $.spec.template.spec.containers[c0].image can not be read'],
      });
    },
  );
});

describe('what is told', () => {
  test('is every fault of an image, and each image once', () => {
    const images: ImagesCondition = { notFrom: ['r.io/*'], tags: ['latest'], withoutDigest: true };
    expect(judged(deployment('nginx', 'r.io/a:1', `r.io/a@${DIGEST}`, 'nginx:latest'), images)).toEqual({
      outcome: 'Denied',
      told: [
        'image docker.io/library/nginx:latest is in no allowed repository, has the tag latest, has no digest',
        'image r.io/a:1 has no digest',
      ],
    });
  });

  test('follows the message as a sentence of its own', () => {
    const loaded = compiled(
      { actions: ['ImageChange'] },
      { when: [{ images: { tags: ['latest'] } }], message: 'Name a version.' },
    );
    const message = findingOf(loaded, deployment('nginx'))?.message;
    expect(message).toMatch(
      /: containers\[c0\]\.image nginx\. Name a version\. image docker\.io\/library\/nginx:latest has/,
    );
  });

  test('is no image that stands where values may be secret', () => {
    const of = review({
      operation: 'CREATE',
      resource: 'controllerrevisions',
      object: { data: { spec: { template: { spec: { containers: [{ name: 'c', image: 'r.io/hidden' }] } } } } },
    });
    const { outcome, told } = judged(of, { tags: ['latest'] });
    expect(outcome).toBe('Denied');
    expect(told).toEqual(['the image at $.data.spec.template.spec.containers[c].image has the tag latest']);
  });
});

test.each(['deployment-create', 'pod-image-init-container', 'pod-image-ephemeral-container', 'cronjob-image'])(
  'every image that %s brings in is looked at, and none that was there before',
  (name) => {
    expect(outcome(captured(name), { withoutDigest: true })).toBe('Denied');
  },
);

test('an update that brings no image in never trips', () => {
  const loaded = compiled(
    { actions: ['Update'], resources: [{ apiGroups: ['apps'], resources: ['deployments'] }] },
    { when: [{ images: { withoutDigest: true } }] },
  );
  expect(findingOf(loaded, captured('deployment-limits-removed'))?.outcome).toBe('Allowed');
});

/** What a report says, and the namespace that it is in: staging if it is left out. */
type Scene = ScanResult & { readonly namespace?: string };

/** Reports in one index, each of a workload of its own. */
function scans(...results: readonly Scene[]): Pick<Circumstances, 'scans'> {
  const index = new ScanIndex();
  for (const [place, { namespace = 'staging', ...result }] of results.entries()) {
    const workload = { ...SOME_WORKLOAD, namespace, name: `web-${place}` };
    index.set(`${namespace}/${place}`, readScanReport(vulnerabilityReport(workload, { time: ago(HOUR), ...result })));
  }
  return { scans: { kind: 'Ready', reports: index } };
}

describe('scan', () => {
  const STRICT: ImageScanCondition = { maxCritical: 0, maxHigh: 5, maxAge: '24h', onSourceUnavailable: 'Deny' };
  const ANY_AGE: ImageScanCondition = { maxCritical: 0, maxHigh: 5, onSourceUnavailable: 'Deny' };
  const ANY_NUMBER: ImageScanCondition = { maxAge: '24h', onSourceUnavailable: 'Deny' };
  const trusting = (...trustedNamespaces: [string, ...string[]]): ImageScanCondition => ({
    ...STRICT,
    trustedNamespaces,
  });
  const verdict = (image: string, reports: ReturnType<typeof scans>, scan: ImageScanCondition = STRICT) => {
    const { outcome, told } = judged(deployment(image), { scan }, reports);
    return outcome === 'Allowed' ? 'Clean' : told.join(' / ');
  };

  test.each<[string, string, Scene[], string, ImageScanCondition?]>([
    ['without a report', 'nginx:1.27', [], `image ${NGINX} is Unscanned`],
    ['with a report on another tag', 'nginx:1.27', [{ tag: '1.26' }], `image ${NGINX} is Unscanned`],
    [
      'with a report on another repository',
      'nginx:1.27',
      [{ repository: 'a/nginx', tag: '1.27' }],
      `image ${NGINX} is Unscanned`,
    ],
    [
      'with a report on another registry',
      'nginx:1.27',
      [{ server: 'r.io', tag: '1.27' }],
      `image ${NGINX} is Unscanned`,
    ],
    [
      'with a report that counts nothing',
      'nginx:1.27',
      [{ tag: '1.27', critical: Number.NaN }],
      `image ${NGINX} is Unscanned`,
    ],
    ['with a clean report', 'nginx:1.27', [{}], 'Clean'],
    ['without a tag, with a report on latest', 'nginx', [{ tag: 'latest' }], 'Clean'],
    ['by another name of its registry', 'index.docker.io/nginx:1.27', [{}], 'Clean'],
    ['of a registry with a port', 'r.io:5000/a:1', [{ server: 'r.io:5000', repository: 'a', tag: '1' }], 'Clean'],

    ['with as many as allowed', 'nginx:1.27', [{ high: 5 }], 'Clean'],
    ['with one critical', 'nginx:1.27', [{ critical: 1 }], `image ${NGINX} has 1 critical vulnerability (at most 0)`],
    [
      'with three critical',
      'nginx:1.27',
      [{ critical: 3 }],
      `image ${NGINX} has 3 critical vulnerabilities (at most 0)`,
    ],
    [
      'with too many high',
      'nginx:1.27',
      [{ high: 6 }],
      `image ${NGINX} has 6 vulnerabilities of high severity (at most 5)`,
    ],
    [
      'with too many of both',
      'nginx:1.27',
      [{ critical: 3, high: 6 }],
      `image ${NGINX} has 3 critical vulnerabilities (at most 0) and 6 vulnerabilities of high severity (at most 5)`,
    ],
    ['where any number is allowed', 'nginx:1.27', [{ critical: 3, high: 60 }], 'Clean', ANY_NUMBER],

    ['with a report as old as allowed', 'nginx:1.27', [{ time: ago(24 * HOUR) }], 'Clean'],
    [
      'with an older one',
      'nginx:1.27',
      [{ time: ago(24 * HOUR + 1000) }],
      `image ${NGINX} is Stale: its report is of 2025-12-31T11:59:59.000Z, more than 24h ago`,
    ],
    ['with an older one, where any age is allowed', 'nginx:1.27', [{ time: new Date(0) }], 'Clean', ANY_AGE],
    ['with a report of a clock that is ahead', 'nginx:1.27', [{ time: ago(-4 * MINUTE) }], 'Clean'],
    [
      'with a report of the future',
      'nginx:1.27',
      [{ time: ago(-6 * MINUTE) }],
      `image ${NGINX} is Stale: its report is dated in the future, 2026-01-01T12:06:00.000Z`,
    ],
    ['with a report of the future, where any age is allowed', 'nginx:1.27', [{ time: ago(-HOUR) }], 'Clean', ANY_AGE],

    [
      'with a newer report that is worse',
      'nginx:1.27',
      [{}, { time: ago(MINUTE), critical: 3 }],
      `image ${NGINX} has 3 critical vulnerabilities (at most 0)`,
    ],
    ['with a newer report that is better', 'nginx:1.27', [{ critical: 3 }, { time: ago(MINUTE) }], 'Clean'],
    [
      'with two reports of one second',
      'nginx:1.27',
      [{}, { critical: 1 }, {}],
      `image ${NGINX} has 1 critical vulnerability (at most 0)`,
    ],
    [
      'with a good report of the future that would hide a bad one',
      'nginx:1.27',
      [{ critical: 3 }, { time: ago(-HOUR) }],
      `image ${NGINX} has 3 critical vulnerabilities (at most 0)`,
    ],

    ['by digest', `nginx@${DIGEST}`, [{ tag: '1.27', digest: DIGEST }], 'Clean'],
    ['by digest, kept elsewhere', `mirror.example.com/nginx@${DIGEST}`, [{ digest: DIGEST }], 'Clean'],
    ['by digest, whatever its tag', `nginx:9@${DIGEST}`, [{ tag: '1.27', digest: DIGEST }], 'Clean'],
    [
      'by a digest that no report has',
      `nginx:1.27@${OTHER}`,
      [{ tag: '1.27', digest: DIGEST }],
      `image ${NGINX}@${OTHER} is Unscanned`,
    ],
    [
      'by digest, with reports that tell none',
      `nginx:1.27@${DIGEST}`,
      [{ tag: '1.27' }],
      `image ${NGINX}@${DIGEST} is Unscanned`,
    ],
    ['by tag, with reports on digests', 'nginx:1.27', [{ digest: DIGEST }], `image ${NGINX} is Unscanned`],

    ['with a report of a trusted namespace', 'nginx:1.27', [{ namespace: 'scans' }], 'Clean', trusting('scans')],
    [
      'with a report of another',
      'nginx:1.27',
      [{ namespace: 'team-a' }],
      `image ${NGINX} is Unscanned`,
      trusting('scans', 'ci-*'),
    ],
    [
      'with a report of a namespace that a glob names',
      'nginx:1.27',
      [{ namespace: 'ci-1' }],
      'Clean',
      trusting('scans', 'ci-*'),
    ],
    [
      'with a newer report of another namespace',
      'nginx:1.27',
      [
        { namespace: 'scans', critical: 3 },
        { namespace: 'team-a', time: ago(MINUTE) },
      ],
      `image ${NGINX} has 3 critical vulnerabilities (at most 0)`,
      trusting('scans'),
    ],
  ])('an image %s (%s)', (_, image, results, expected, scan) => {
    expect(verdict(image, scans(...results), scan)).toBe(expected);
  });

  test('a report without a time is never fresh', () => {
    const index = new ScanIndex();
    index.set('a', {
      namespace: 'a',
      repository: 'docker.io/library/nginx',
      tag: '1.27',
      digest: undefined,
      critical: 0,
      high: 0,
      time: undefined,
    });
    const reports = { scans: { kind: 'Ready', reports: index } } as const;
    expect(verdict('nginx:1.27', reports)).toBe(
      `image ${NGINX} is Stale: its report does not tell when it was scanned`,
    );
    expect(verdict('nginx:1.27', reports, ANY_AGE)).toBe('Clean');
  });

  test('all images are looked up, and one is enough', () => {
    const images = { scan: STRICT };
    const of = deployment('nginx:1.27', 'httpd:2');
    expect(judged(of, images, scans({}))).toEqual({
      outcome: 'Denied',
      told: ['image docker.io/library/httpd:2 is Unscanned'],
    });
    expect(judged(of, images, scans({}, { repository: 'library/httpd', tag: '2' })).outcome).toBe('Allowed');
  });

  test('an age that is none is refused', () => {
    const scan = { onSourceUnavailable: 'Deny' as const, maxAge: '1w' };
    expect(
      compileErrorText(compileGuardrail(guardrail({ actions: ['ImageChange'] }, { when: [{ images: { scan } }] }))),
    ).toContain('spec.when[0].images.scan.maxAge');
  });

  describe('while there are no reports to read', () => {
    const WITHOUT = { scans: { kind: 'Unavailable', why: 'the CRD is not there' } } as const;
    const told = [`image ${NGINX} can not be looked up: the CRD is not there`];

    test.each([
      ['Deny', { outcome: 'Denied', told }],
      ['Warn', { outcome: 'Warned', told }],
      ['Allow', { outcome: 'Allowed', told: [] }],
    ] as const)('%s: %j', (onSourceUnavailable, expected) => {
      expect(judged(deployment('nginx:1.27'), { scan: { ...STRICT, onSourceUnavailable } }, WITHOUT)).toEqual(expected);
    });

    test('another fault is as grave as ever', () => {
      for (const onSourceUnavailable of ['Deny', 'Warn', 'Allow'] as const) {
        const images: ImagesCondition = { tags: ['1.27'], scan: { ...STRICT, onSourceUnavailable } };
        expect(judged(deployment('nginx:1.27'), images, WITHOUT).outcome).toBe('Denied');
      }
    });

    test('a warning is not more than a warning where another condition holds, and none where one does not', () => {
      const images: ImagesCondition = { scan: { ...STRICT, onSourceUnavailable: 'Warn' } };
      const also = (text: string): WhenEntry => ({
        field: { path: '$.metadata.name', operator: 'Equals', values: [text] },
      });
      expect(judged(deployment('nginx:1.27'), images, WITHOUT, [also('web')]).outcome).toBe('Warned');
      expect(judged(deployment('nginx:1.27'), images, WITHOUT, [also('db')]).outcome).toBe('Allowed');
    });
  });

  test('among 20,000 reports of namespaces that are not trusted, one image is judged in a moment', () => {
    const many = Array.from({ length: 20_000 }, (_, place) => ({ namespace: `team-${place % 500}` }));
    const reports = scans(...many, { namespace: 'scans', time: ago(2 * HOUR) });
    const loaded = compiled({ actions: ['ImageChange'] }, { when: [{ images: { scan: trusting('scans') } }] });
    const of = deployment('nginx:1.27');
    expect(findingOf(loaded, of, { now: NOW, ...reports })?.outcome).toBe('Allowed');
    const started = performance.now();
    findingOf(loaded, of, { now: NOW, ...reports });
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
