import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderWith, guardrails } from './support/command-line.ts';
import { deployment, FAILING, SCALE, UNTESTED } from './support/guardrails.ts';

test('tests that pass are counted', async () => {
  const { code, stdout, stderr } = await guardrails(folderWith({ 'a.yaml': SCALE }), ['test', '.']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toBe('ok    no-sudden-scale-down  2 tests\n\n2 tests: 2 passed, 0 failed\n');
});

test('a test that fails shows its place, what was expected, what happened and why', async () => {
  const { code, stdout } = await guardrails(folderWith({ 'a.yaml': FAILING }), ['test', 'a.yaml']);
  expect(code).toBe(1);
  expect(stdout).toBe(`FAIL  no-sudden-scale-down  1 of 2 tests passed
        FAIL  halving
              a.yaml:15:7
              expected  Denied
              got       Allowed
              why       spec.when[0].change: Decreased by more than 50%: no such change, but replicas 10 -> 5 (-50%)

2 tests: 1 passed, 1 failed
`);
});

test('a test of a message shows the message', async () => {
  const { code, stdout } = await guardrails(
    folderWith({ 'a.yaml': SCALE.replace('message: may lose half', 'message: may lose all') }),
    ['test', 'a.yaml'],
  );
  expect(code).toBe(1);
  expect(stdout).toContain('but       expected a message with "may lose all"');
  expect(stdout).toMatch(/message {3}Guardrail "no-sudden-scale-down" denied ScaleDown .* web may lose half\.$/m);
});

describe('what is run', () => {
  const files = { 'a.yaml': FAILING, 'b.yaml': UNTESTED, 'c.yaml': SCALE.replace('no-sudden-scale-down', 'other') };
  test.each<[flags: string[], code: number, summary: RegExp]>([
    [[], 1, /^4 tests: 3 passed, 1 failed; 1 guardrail without tests$/m],
    [['--run', 'other'], 0, /^2 tests: 2 passed, 0 failed/m],
    [['--run', 'halving'], 1, /^2 tests: 1 passed, 1 failed/m],
    [['--run', 'other/h*'], 0, /^1 test: 1 passed, 0 failed/m],
    [['--run', '*down/more than half'], 0, /^1 test: 1 passed, 0 failed/m],
    [['--fail-fast'], 1, /^1 test: 0 passed, 1 failed/m],
    [['--require-tests', '--run', 'other'], 1, /^FAIL {2}warn-of-deletes {2}has no tests \(b\.yaml:3:12\)$/m],
    [['-v'], 1, /^ {8}ok {4}more than half$/m],
  ])('%j: exit code %i', async (flags, code, summary) => {
    const ran = await guardrails(folderWith(files), ['test', '.', ...flags]);
    expect(ran.stdout).toMatch(summary);
    expect(ran.code).toBe(code);
  });

  test('a glob that is like no test is wrong input', async () => {
    const { code, stderr } = await guardrails(folderWith(files), ['test', '.', '--run', 'constructor']);
    expect(stderr).toBe('guardrails test: --run must be like a test: none is like "constructor"\n');
    expect(code).toBe(2);
  });

  test('guardrails without tests pass, unless tests are required', async () => {
    const folder = folderWith({ 'b.yaml': UNTESTED });
    expect((await guardrails(folder, ['test', '.'])).code).toBe(0);
    expect((await guardrails(folder, ['test', '.', '--require-tests'])).code).toBe(1);
  });

  test('one that does not compile keeps no other from running', async () => {
    const broken = UNTESTED.replace('Delete', 'Delte');
    const { code, stdout } = await guardrails(folderWith({ 'a.yaml': `${broken}---\n${SCALE}` }), ['test', '.']);
    expect(stdout).toMatch(/^ERROR a\.yaml:7:15: spec\.match\.actions\[0\]: must be one of/m);
    expect(stdout).toMatch(/^ok {4}no-sudden-scale-down/m);
    expect(code).toBe(2);
  });
});

describe('formats', () => {
  const files = { 'a.yaml': FAILING.replace('name: halving', 'name: "<half> & \\"more\\", 50%:\\u0007"') };
  const run = async (format: string) => (await guardrails(folderWith(files), ['test', 'a.yaml', '-o', format])).stdout;

  test('json', async () => {
    expect(JSON.parse(await run('json'))).toMatchObject({
      apiVersion: 'cli.guardrails.dev/v1alpha1',
      kind: 'TestReport',
      summary: { tests: 2, passed: 1, failed: 1, errors: 0, untested: 0 },
      groups: [
        {
          kind: 'Guardrail',
          name: 'no-sudden-scale-down',
          file: 'a.yaml',
          line: 4,
          tests: [
            {
              line: 15,
              column: 7,
              passed: false,
              expected: 'Denied',
              actual: 'Allowed',
              why: 'expected Denied, got Allowed',
            },
            { name: 'more than half', passed: true, expected: 'Denied', actual: 'Denied' },
          ],
        },
      ],
    });
  });

  test('junit', async () => {
    const text = await run('junit');
    expect(text).toMatch(
      /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites name="guardrails test" tests="2" failures="1" errors="0" time="\d+\.\d{3}">$/m,
    );
    expect(text).toContain(
      '<testcase name="&lt;half&gt; &amp; &quot;more&quot;, 50%:" classname="no-sudden-scale-down"',
    );
    expect(text).toContain(
      '<failure message="expected Denied, got Allowed" type="Allowed">a.yaml:15:7: expected Denied',
    );
  });

  test('github', async () => {
    expect(await run('github')).toMatch(
      /^::error file=a\.yaml,line=15,col=7,title=no-sudden-scale-down%3A <half> & "more"%2C 50%25%3A::a\.yaml:15:7: expected Denied, got Allowed%0Awhy: /,
    );
  });

  test('a table shows no control characters of the input', async () => {
    expect(await run('table')).not.toContain('\u0007');
  });

  test.each<[what: string, argv: string[], env: Record<string, string>, isColoured: boolean]>([
    ['colours on a terminal', [], {}, true],
    ['none with --no-color', ['--no-color'], {}, false],
    ['none with NO_COLOR', [], { NO_COLOR: '1' }, false],
    ['none on a dumb terminal', [], { TERM: 'dumb' }, false],
  ])('%s', async (_what, argv, env, isColoured) => {
    const { stdout } = await guardrails(folderWith(files), ['test', 'a.yaml', ...argv], { env, isTerminal: true });
    expect(stdout.includes('\u001b[')).toBe(isColoured);
  });
});

describe('suites', () => {
  const suite = (tests: string, more = '') =>
    `apiVersion: cli.guardrails.dev/v1alpha1\nkind: GuardrailTestSuite\nmetadata: {name: manifests}\nguardrails: [../g]\n${more}tests:\n${tests}`;
  const files = {
    'g/a.yaml': SCALE,
    'g/b.yaml': UNTESTED,
    's/ten.yaml': deployment(10),
    's/two.yaml': deployment(2),
    's/many.yaml': `${deployment(2, 'api')}---\n${deployment(2)}`,
    's/review.json': JSON.stringify({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      request: {
        uid: 'a',
        operation: 'DELETE',
        resource: { group: 'apps', version: 'v1', resource: 'deployments' },
        name: 'web',
        namespace: 'shop',
        userInfo: { username: 'jane', groups: [] },
        oldObject: { metadata: { name: 'web' } },
      },
    }),
  };
  const run = async (tests: string, more?: string) =>
    guardrails(folderWith({ ...files, 's/suite.yaml': suite(tests, more) }), ['test', 's/suite.yaml', '-v']);

  test.each([
    ['a pair of manifests', '- {name: a, old: ten.yaml, new: two.yaml, expect: Denied, message: may lose half}'],
    ['a pair in a file of many', '- {name: a, old: ten.yaml, new: many.yaml, expect: Denied}'],
    ['a manifest that is new', '- {name: a, new: ten.yaml, expect: Allowed}'],
    ['a manifest that goes', '- {name: a, old: ten.yaml, expect: Warned, message: Delete}'],
    ['one guardrail of several', '- {name: a, guardrail: no-sudden-scale-down, old: ten.yaml, expect: NotMatched}'],
    ['an AdmissionReview', '- {name: a, review: review.json, expect: Warned}'],
    [
      'a request',
      '- {name: a, expect: Denied, request: {operation: UPDATE, resource: {group: apps, version: v1, resource: deployments}, oldObject: {metadata: {name: a, namespace: shop}, spec: {replicas: 3}}, object: {metadata: {name: a, namespace: shop}, spec: {replicas: 1}}}}',
    ],
    [
      'a subresource, whose target is a file',
      '- {name: a, subresource: scale, target: ten.yaml, old: {}, expect: Denied}'.replace(
        'old: {}',
        'old: scale10.yaml, new: scale2.yaml',
      ),
    ],
  ])('%s', async (_what, tests) => {
    const scale = (replicas: number) =>
      `apiVersion: autoscaling/v1\nkind: Scale\nmetadata: {name: web, namespace: shop}\nspec: {replicas: ${replicas}}\n`;
    const folder = folderWith({
      ...files,
      's/scale10.yaml': scale(10),
      's/scale2.yaml': scale(2),
      's/suite.yaml': suite(tests),
    });
    const { code, stdout } = await guardrails(folder, ['test', 's/suite.yaml']);
    expect(stdout).toMatch(/^ok {4}manifests {2}1 test$/m);
    expect(code).toBe(0);
  });

  test('files are found by absolute paths, too', async () => {
    const folder = folderWith(files);
    const text = suite(`- {name: a, old: ${folder}/s/ten.yaml, new: two.yaml, expect: Denied}`);
    writeFileSync(join(folder, 's/suite.yaml'), text.replace('../g', `${folder}/g`));
    const { code, stdout } = await guardrails(folder, ['test', 's/suite.yaml']);
    expect(stdout).toContain('1 test: 1 passed');
    expect(code).toBe(0);
  });

  test.each<[existing: string, code: number]>([
    ['{apiVersion: v1, kind: Namespace, metadata: {name: shop}}', 1],
    ['{apiVersion: v1, kind: Namespace, metadata: {name: other}}', 0],
    ['{apiVersion: v1, kind: ConfigMap, metadata: {name: shop, namespace: shop}}', 0],
  ])('labels of a namespace beside %s: exit code %i', async (existing, code) => {
    const ran = await run(
      `- {name: a, new: ten.yaml, expect: Allowed, namespaceLabels: {a: b}, existing: [${existing}]}`,
    );
    expect(ran.stdout.includes('namespaceLabels must not be set: the Namespace "shop"')).toBe(code === 1);
    expect(ran.code).toBe(code);
  });

  test('a test that fails says which guardrail decided', async () => {
    const { code, stdout } = await run('- {name: a, old: ten.yaml, new: two.yaml, expect: Allowed}');
    expect(stdout).toMatch(/^ {14}s\/suite\.yaml:6:3$/m);
    expect(stdout).toMatch(/^ {14}why {7}no-sudden-scale-down: spec\.when\[0\]\.change: /m);
    expect(code).toBe(1);
  });

  test('of what a request does to another object, the reason is of that', async () => {
    const autoscaler = (most: number) =>
      `{metadata: {name: h, namespace: shop}, spec: {maxReplicas: ${most}, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}}`;
    const resource = '{group: autoscaling, version: v2, resource: horizontalpodautoscalers}';
    const request = `{operation: UPDATE, resource: ${resource}, oldObject: ${autoscaler(10)}, object: ${autoscaler(2)}}`;
    const { code, stdout } = await run(`- {name: a, existing: [ten.yaml], expect: Allowed, request: ${request}}`);
    expect(stdout).toMatch(/^ {14}why {7}no-sudden-scale-down: spec\.when\[0\]\.change: .*replicas 10 -> 2/m);
    expect(code).toBe(1);
  });

  test.each<[what: string, tests: string, line: RegExp, code: number]>([
    [
      'a field that is not there',
      '- {name: a, new: ten.yaml, expct: Denied}',
      /^ERROR s\/suite\.yaml:6:28: tests\[0\]\.expct: must not be set/m,
      2,
    ],
    [
      'an expectation that there is not',
      '- {name: a, new: ten.yaml, expect: denied}',
      /^ERROR s\/suite\.yaml:6:28: tests\[0\]\.expect: must be one of Tripped/m,
      2,
    ],
    [
      'no request',
      '- {name: a, expect: Denied}',
      /^ERROR s\/suite\.yaml:6:3: tests\[0\]: must have one of review, request, and old or new$/m,
      2,
    ],
    [
      'two requests',
      '- {name: a, review: review.json, new: ten.yaml, expect: Denied}',
      /tests\[0\]: must have only one of review, request, and old or new: it has review, new$/m,
      2,
    ],
    [
      'what an AdmissionReview says itself',
      '- {name: a, review: review.json, subresource: scale, expect: Denied}',
      /tests\[0\]\.subresource: must be set only beside old or new/m,
      2,
    ],
    [
      'a file that is not there',
      '- {name: a, new: none.yaml, expect: Denied}',
      /^ERROR s\/suite\.yaml:6:13: s\/none\.yaml:1:1: can not be read/m,
      2,
    ],
    [
      'a review that is none',
      '- {name: a, review: ten.yaml, expect: Denied}',
      /^ERROR s\/suite\.yaml:6:13: s\/ten\.yaml:1:1: must be one AdmissionReview with its request$/m,
      2,
    ],
    [
      'a file of two',
      '- {name: a, new: many.yaml, expect: Denied}',
      /s\/many\.yaml:6:1: the new manifest must hold one object: there is another at s\/many\.yaml:1:1/m,
      2,
    ],
    [
      'a guardrail that is not there',
      '- {name: a, guardrail: x, new: ten.yaml, expect: Denied}',
      /tests\[0\]\.guardrail: must be the name of one of the guardrails of the suite: there is no "x"/m,
      2,
    ],
    [
      'a kind that nobody knows',
      '- {name: a, new: crd.yaml, expect: Allowed}',
      /s\/crd\.yaml:2:1: kind: must be known: give the CustomResourceDefinition of Widget/m,
      2,
    ],
  ])('%s', async (_what, tests, line, code) => {
    const folder = folderWith({
      ...files,
      's/crd.yaml': 'apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\n',
      's/suite.yaml': suite(tests),
    });
    const ran = await guardrails(folder, ['test', 's/suite.yaml']);
    expect(ran.stdout).toMatch(line);
    expect(ran.code).toBe(code);
  });

  test('a custom resource is known by its CustomResourceDefinition', async () => {
    const crd = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
`;
    const folder = folderWith({
      ...files,
      'crds/widgets.yaml': crd,
      's/widget.yaml': 'apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a, namespace: shop}\n',
      'g/c.yaml': UNTESTED.replace('warn-of-deletes', 'widgets')
        .replace('apps', 'example.com')
        .replace('deployments', 'widgets'),
      's/suite.yaml': suite(
        '- {name: a, old: widget.yaml, guardrail: widgets, expect: Warned}',
        'existing: [../crds]\n',
      ),
    });
    const { code, stdout } = await guardrails(folder, ['test', 's']);
    expect(stdout).toContain('1 test: 1 passed');
    expect(code).toBe(0);
  });
});

test('a thousand guardrails with tests are run', async () => {
  const many = Array.from({ length: 1_000 }, (_, index) => SCALE.replace('no-sudden-scale-down', `g${index}`)).join(
    '---\n',
  );
  const { code, stdout } = await guardrails(folderWith({ 'a.yaml': many }), ['test', 'a.yaml']);
  expect(stdout).toMatch(/^2000 tests: 2000 passed, 0 failed$/m);
  expect(code).toBe(0);
});
