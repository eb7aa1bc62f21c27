import { describe, expect, test } from 'vitest';
import { folderWith, guardrails } from './support/command-line.ts';
import { deployment, SCALE, UNTESTED } from './support/guardrails.ts';

const REQUEST = {
  operation: 'UPDATE',
  resource: { group: 'apps', version: 'v1', resource: 'deployments' },
  oldObject: { metadata: { name: 'web', namespace: 'shop' }, spec: { replicas: 10 } },
  object: { metadata: { name: 'web', namespace: 'shop' }, spec: { replicas: 2 } },
};

const AFTER_HOURS = SCALE.replace(
  '  when:\n',
  '  schedule:\n    active: During\n    windows:\n      - absolute: {from: 2026-12-20T00:00:00Z, to: 2026-12-27T00:00:00Z}\n  when:\n',
);

const FILES = {
  'g/a.yaml': SCALE,
  'g/b.yaml': UNTESTED,
  'ten.yaml': deployment(10),
  'five.yaml': deployment(5),
  'two.yaml': deployment(2),
  'request.json': JSON.stringify(REQUEST),
  'test.yaml': JSON.stringify({ name: 'a', request: REQUEST, expect: 'Denied' }),
  'review.json': JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { ...REQUEST, uid: 'a', name: 'web', namespace: 'shop', userInfo: { username: 'jane' } },
  }),
};

const run = (argv: readonly string[], input?: string) =>
  guardrails(folderWith(FILES), ['explain', ...argv], input === undefined ? {} : { input });

test('a denied request is shown with every question that was asked, and the answer', async () => {
  const { code, stdout, stderr } = await run([
    'g',
    '--old',
    'ten.yaml',
    '--new',
    'two.yaml',
    '--user',
    'jane',
    '--group',
    'dev',
  ]);
  expect(stderr).toBe('');
  expect(stdout).toBe(`UPDATE deployments.apps/web in shop by jane (dev, system:authenticated)

no-sudden-scale-down: Denied (Tripped)
    yes match.resources     It is about deployments.apps
    yes match.namespaces    Namespace shop is one of those that are judged
    yes match.actions       It is ScaleDown
    yes   match.actions[0]  It is ScaleDown: replicas 10 -> 2 (-80%)
    yes match.derived       It is not what a built-in controller does of itself
    yes when[0].change      Decreased by more than 50%: replicas 10 -> 2 (-80%)

1 guardrail of other resources or actions (-v shows them)

Error from server (Forbidden): admission webhook denied the request: Guardrail "no-sudden-scale-down" denied ScaleDown of deployments.apps/web in shop: replicas 10 -> 2 (-80%). web may lose half.
`);
  expect(code).toBe(1);
});

test('the step that decides is marked', async () => {
  const { code, stdout } = await run(['g', '--old', 'ten.yaml', '--new', 'five.yaml']);
  expect(stdout).toMatch(/^no-sudden-scale-down: Allowed \(NotTripped\)$/m);
  expect(stdout).toMatch(/^ {2}> no {2}when\[0\]\.change {6}Decreased by more than 50%: no such change/m);
  expect(stdout).toMatch(/^The request is allowed\.$/m);
  expect(code).toBe(0);
});

describe('ways to tell the request', () => {
  test.each<[what: string, argv: string[], code: number, stdout: RegExp]>([
    ['an AdmissionReview', ['--request', 'review.json'], 1, /by jane \(\)$/m],
    ['the request of a test', ['--request', 'request.json'], 1, /by test-user \(system:authenticated\)$/m],
    ['a whole test', ['--request', 'test.yaml'], 1, /^no-sudden-scale-down: Denied/m],
    ['a test by its name', ['--test', 'halving'], 0, /^no-sudden-scale-down: Allowed/m],
    ['a test by its guardrail and name', ['--test', 'no-sudden-scale-down/more than half'], 1, /Denied/],
    [
      'what goes',
      ['--old', 'ten.yaml'],
      0,
      /^Warning: Guardrail "warn-of-deletes" warns of Delete of deployments\.apps\/web/m,
    ],
    ['what comes', ['--new', 'ten.yaml'], 0, /^CREATE deployments\.apps\/web in shop by test-user/m],
    [
      'one guardrail of several',
      ['--guardrail', 'warn-of-deletes', '--old', 'ten.yaml', '--new', 'two.yaml'],
      0,
      /^The request is allowed/m,
    ],
    [
      'what does not concern it, with -v',
      ['-v', '--old', 'ten.yaml', '--new', 'two.yaml'],
      1,
      /^warn-of-deletes: NotMatched$/m,
    ],
  ])('%s', async (_what, argv, code, stdout) => {
    const ran = await run(['g', ...argv]);
    expect(ran.stderr).toBe('');
    expect(ran.stdout).toMatch(stdout);
    expect(ran.code).toBe(code);
  });

  test('the standard input', async () => {
    expect((await run(['g', '--request', '-'], JSON.stringify(REQUEST))).code).toBe(1);
    expect((await run(['-', '--request', 'request.json'], SCALE)).code).toBe(1);
  });

  test.each([
    ['2026-12-24T18:00:00Z', 1],
    ['2026-12-27T00:00:00Z', 0],
    ['2026-12-27T01:00:00+02:00', 1],
  ])('at %s, by a guardrail with a schedule: exit code %i', async (now, code) => {
    const folder = folderWith({ ...FILES, 'g/a.yaml': AFTER_HOURS });
    const argv = ['explain', 'g', '--old', 'ten.yaml', '--new', 'two.yaml', '--now', now];
    expect((await guardrails(folder, argv)).code).toBe(code);
  });

  test('labels of the namespace', async () => {
    const selecting = SCALE.replace(
      'namespaces: {include: [shop]}',
      'namespaceSelector: {matchLabels: {env: production}}',
    );
    const folder = folderWith({ ...FILES, 'g/a.yaml': selecting });
    const argv = ['explain', 'g', '--old', 'ten.yaml', '--new', 'two.yaml'];
    expect((await guardrails(folder, argv)).code).toBe(0);
    expect((await guardrails(folder, [...argv, '--namespace-labels', 'team=a,env=production'])).code).toBe(1);
  });
});

describe('what is wrong', () => {
  test.each<[argv: string[], stderr: RegExp]>([
    [['g'], /one of --request, --test, and --old or --new must be set/],
    [[], /a PATH is missing/],
    [
      ['g', '--request', 'review.json', '--old', 'ten.yaml'],
      /only one of --request, --test, and --old or --new may be set, not --request and --old/,
    ],
    [
      ['g', '--request', 'review.json', '--user', 'jane'],
      /--user may be set only with --old or --new: --request says it itself/,
    ],
    [['g', '--old', 'ten.yaml', '--group', 'a'], /--group needs --user/],
    [['g', '--test', 'halvin'], /there is no "halvin"; did you mean "halving"\?/],
    [['g', '--guardrail', 'warn-of-delete', '--old', 'ten.yaml'], /did you mean "warn-of-deletes"\?/],
    [
      ['g', '--old', 'ten.yaml', '--now', 'tomorrow'],
      /--now must be a time such as 2026-12-24T18:00:00Z, not "tomorrow"/,
    ],
    [['g', '--old', 'ten.yaml', '--now', '2026-13-24T18:00:00Z'], /--now must be a time/],
    [['g', '--old', 'ten.yaml', '--namespace-labels', 'a'], /--namespace-labels must be labels such as/],
    [['-', '--request', '-'], /the standard input can be read only once/],
    [['g', '--old', 'none.yaml'], /^guardrails explain: none\.yaml:1:1: can not be read/],
    [
      ['g', '--request', 'ten.yaml'],
      /ten\.yaml:\d+:\d+: .* this is neither an AdmissionReview nor the request of a test/,
    ],
    [
      ['g', '--old', 'ten.yaml', '--operation', 'UPDATE'],
      /the API server would never send such a request: request\.object must be set for UPDATE/,
    ],
    [['g', '--old', 'ten.yaml', '-o', 'junit'], /--output must be one of table, json, yaml, not "junit"/],
  ])('%j', async (argv, stderr) => {
    const ran = await run(argv);
    expect(ran.stderr).toMatch(stderr);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
  });

  test('a guardrail that does not compile is told of, and the others are explained', async () => {
    const folder = folderWith({ ...FILES, 'g/b.yaml': UNTESTED.replace('Delete', 'Delte') });
    const { code, stdout, stderr } = await guardrails(folder, [
      'explain',
      'g',
      '--old',
      'ten.yaml',
      '--new',
      'two.yaml',
    ]);
    expect(stderr).toMatch(/^g\/b\.yaml:7:15: spec\.match\.actions\[0\]: must be one of/);
    expect(stdout).toMatch(/^no-sudden-scale-down: Denied/m);
    expect(code).toBe(2);
  });
});

test('as a document', async () => {
  const { stdout } = await run(['g', '--request', 'review.json', '-o', 'json']);
  expect(JSON.parse(stdout)).toMatchObject({
    apiVersion: 'cli.guardrails.dev/v1alpha1',
    kind: 'Explanation',
    allowed: false,
    message: expect.stringMatching(/^Guardrail "no-sudden-scale-down" denied/),
    reviews: [
      {
        request: { operation: 'UPDATE', name: 'web', namespace: 'shop', userInfo: { username: 'jane' } },
        guardrails: [
          { name: 'no-sudden-scale-down', verdict: 'Denied', reason: 'Tripped' },
          { name: 'warn-of-deletes', verdict: 'NotMatched', decisiveField: 'spec.match.actions' },
        ],
      },
    ],
  });
});
