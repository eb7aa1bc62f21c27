import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type EvaluationContext, EvaluationError } from '../../../../src/policy/evaluation-context.ts';
import { NO_FACTS } from '../../../../src/policy/facts.ts';
import { FieldErrors } from '../../../../src/policy/field-error.ts';
import type { KubeObject, Review } from '../../../../src/policy/review.ts';
import { targetOf } from '../../../../src/policy/target.ts';
import { compileCel } from '../../../../src/policy/when/cel.ts';
import type { Condition } from '../../../../src/policy/when/condition.ts';
import { SHOP } from '../support/judge.ts';
import { captured, review } from '../support/reviews.ts';

const DOCUMENTATION = new URL('../../../../docs/cel.md', import.meta.url);
const FIELD = 'spec.when[0].cel';

function compiled(expression: string): Condition {
  const errors = new FieldErrors();
  const condition = compileCel(expression, FIELD, errors);
  if (condition === undefined) throw new Error(JSON.stringify(errors.all));
  return condition;
}

function context(of: Review, parts: Partial<EvaluationContext> = {}, parent?: KubeObject): EvaluationContext {
  return {
    ...NO_FACTS,
    review: of,
    target: targetOf(of, parent, undefined),
    namespace: SHOP,
    actions: ['ScaleDown', 'Update'],
    changes: [],
    images: () => [],
    explain: () => undefined,
    ...parts,
  };
}

const trips = (expression: string, ...of: Parameters<typeof context>) => compiled(expression).trips(context(...of));

describe('cel', () => {
  test.each([
    ['a scale-down by half', 'object.spec.replicas < oldObject.spec.replicas / 2', 'deployment-scale-down-put', true],
    ['a scale-up', 'object.spec.replicas < oldObject.spec.replicas', 'deployment-scale-up', false],
    ['a new object', 'oldObject == null && object.spec.replicas > 0', 'deployment-create', true],
    ['an object that goes', "object == null && oldObject.kind == 'Deployment'", 'deployment-delete', true],
    ['the target that goes', "target.metadata.labels.tier == 'gold'", 'deployment-delete', true],
    ['the target as it will be', 'target.spec.replicas == object.spec.replicas', 'deployment-scale-down-put', true],
    [
      'an image',
      "object.spec.template.spec.containers.exists(c, c.image.startsWith('evil.'))",
      'deployment-image-put',
      true,
    ],
    ['the request', "request.operation == 'UPDATE' && request.resource == 'deployments'", 'deployment-image-put', true],
    [
      'who asks',
      "request.userInfo.username == 'alice' && 'developers' in request.userInfo.groups",
      'deployment-image-put',
      true,
    ],
    ['a dry run', 'request.dryRun', 'deployment-create-dry-run', true],
    ['the options', "options.kind == 'UpdateOptions'", 'deployment-image-put', true],
    ['the namespace', "namespaceObject.metadata.labels.env == 'production'", 'deployment-image-put', true],
    [
      'a value of any type',
      "object.metadata.labels.tier == 'gold' ? true : object.spec.paused",
      'deployment-image-put',
      true,
    ],
  ] as const)('tells %s: %s', (_what, expression, name, expected) => {
    expect(trips(expression, captured(name))).toBe(expected);
  });

  test('reads the parent of a scaling as its target, and what was sent as the object', () => {
    const parent = { metadata: { labels: { app: 'db' } }, spec: { replicas: 4 } };
    const expression = "target.metadata.labels.app == 'db' && target.spec.replicas == 1 && object.kind == 'Scale'";
    expect(trips(expression, captured('deployment-scale'), {}, parent)).toBe(true);
  });

  test('binds what is not there to null', () => {
    const of = review({ operation: 'CONNECT' });
    const all = ['object', 'oldObject', 'target', 'options', 'namespaceObject'].map((name) => `${name} == null`);
    expect(trips(all.join(' && '), of, { namespace: undefined, target: {} })).toBe(true);
    expect(trips('has(object.spec) || has(request.userInfo.uid)', of)).toBe(false);
  });

  test('reads the action, and what it changes', () => {
    const changes = [
      { path: '$.spec.replicas', from: 4, to: 1 },
      { path: '$.metadata.labels.tier', from: 'gold' },
    ];
    const of = captured('deployment-scale-down-put');
    expect(trips("action.type == 'ScaleDown' && action.types == ['ScaleDown', 'Update']", of)).toBe(true);
    expect(trips("action.changes.exists(c, c.path == '$.spec.replicas' && c.from > c.to)", of, { changes })).toBe(true);
    expect(trips('action.changes.exists(c, c.to == null)', of, { changes })).toBe(true);
    expect(trips('action.changes.size() == 0', of)).toBe(true);
  });

  test.each([
    ['object.a == oldObject.a', { target: false, namespace: false }],
    ["request.name == action.type && options.fieldManager == ''", { target: false, namespace: false }],
    ['has(target.spec)', { target: true, namespace: false }],
    ["namespaceObject.metadata.name == 'shop'", { target: false, namespace: true }],
    ['[1].all(x, target.a == namespaceObject.a)', { target: true, namespace: true }],
    ['[1].all(target, target == 1)', { target: false, namespace: false }],
  ])('%s needs %j', (expression, needs) => {
    expect(compiled(expression).needs).toEqual(needs);
  });

  test.each([
    ['object.spec.replicas +', 'must be a CEL expression: something is missing at the end at position 23'],
    [
      'object.spec.replicas < "3" && 1 + "a" == 2',
      'must be a CEL expression: the types do not fit (int + string) at position 31',
    ],
    ['1 + 1', 'must be a CEL expression of type bool (true or false), not int'],
    ["'true'", 'must be a CEL expression of type bool (true or false), not string'],
    ['[true]', 'must be a CEL expression of type bool (true or false), not list<bool>'],
    ['null', 'must be a CEL expression of type bool (true or false), not null'],
    ['object.?spec', 'must be a CEL expression of type bool (true or false), not optional<dyn>'],
  ])('%s is refused: %s', (expression, message) => {
    const errors = new FieldErrors();
    expect(compileCel(expression, FIELD, errors)).toBeUndefined();
    expect(errors.all).toEqual([{ field: FIELD, message }]);
  });

  test.each([
    ['object.spec.paused', 'spec.when[0].cel: no such key "paused" at position 13'],
    ['object.spec.replicas', 'spec.when[0].cel: the result has type int, not bool'],
    ['object.metadata.labels.tier', 'spec.when[0].cel: the result has type string, not bool'],
    ['oldObject.spec.replicas / 0 == 1', 'spec.when[0].cel: division by zero at position 25'],
    [
      'object.spec.replicas + object.metadata.name == 1',
      'spec.when[0].cel: "+" can\'t take int and string at position 22',
    ],
  ])('%s is an error, not a no: %s', (expression, message) => {
    expect(() => trips(expression, captured('deployment-scale-down-put'))).toThrow(new EvaluationError(message));
  });

  test('the examples of the documentation compile', () => {
    const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(DOCUMENTATION, 'utf8')) ?? [];
    const expressions = parse(example).when.map(({ cel }: { cel: string }) => cel);
    expect(expressions.length).toBeGreaterThan(1);
    for (const expression of expressions) compiled(expression);
  });

  test('what takes too long is an error, not a no', () => {
    const items = Array.from({ length: 20_000 }, (_, index) => index);
    const of = review({ object: { items } });
    expect(() => trips('object.items.all(a, object.items.all(b, a < b || true)) || true', of)).toThrow(
      new EvaluationError('spec.when[0].cel: it takes too many steps on this object'),
    );
  });

  test('no message quotes what is in a Secret', () => {
    const of = review({ resource: 'secrets', object: { data: { password: 'hunter2' }, hunter2: true } });
    const expressions = [
      'object.data.password',
      'object.data.password > 1',
      'object[object.data.password + "x"]',
      'int(object.data.password) == 1',
      'object.data.all(k, object.data[k])',
      'object.data.password.matches("a") && object.data.password + 1 == 2',
      'object.all(k, object[k].x == 1)',
      '{object.data.password: 1, object.data.password: 2} == {}',
    ];
    for (const expression of expressions) {
      let told: unknown;
      try {
        told = trips(expression, of);
      } catch (error) {
        told = error instanceof EvaluationError ? error.message : error;
      }
      expect(String(told), expression).not.toContain('hunter2');
    }
  });
});
