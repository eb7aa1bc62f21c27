import { Ajv } from 'ajv';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { schemas } from '../../../src/api/v1alpha1.schema.ts';
import type { Finding } from '../../../src/policy/decision.ts';
import type { Review } from '../../../src/policy/review.ts';
import {
  labelValue,
  MAX_RECORD_BYTES,
  RecordMaker,
  recordBody,
  recordNamespace,
  relocated,
} from '../../../src/violations/record.ts';
import { longRecordName, recordKey, recordName } from '../../../src/violations/record-key.ts';
import { finding, review } from './support/samples.ts';

const time = new Date('2026-03-01T12:00:30.123Z');
const mark = { operatorInstance: 'run-a', sequence: 7, time };
const specOf = (findingParts: Partial<Finding> = {}, reviewParts: Partial<Review> = {}) =>
  new RecordMaker(review(reviewParts)).spec(finding(findingParts), mark);

describe('the spec of a record', () => {
  test('it says who wanted to do what, and what was decided', () => {
    expect(specOf()).toEqual({
      decision: 'Denied',
      reason: 'Tripped',
      guardrail: { name: 'no-sudden-scale-down', uid: '11111111-2222-3333-4444-555555555555', generation: 3 },
      severity: 'High',
      enforcement: 'Deny',
      message: 'replicas 10 -> 2 (-80%).',
      action: {
        type: 'ScaleDown',
        types: ['ScaleDown', 'Update'],
        operation: 'UPDATE',
        group: 'apps',
        version: 'v1',
        resource: 'deployments',
        namespace: 'shop',
        name: 'web',
        uid: '99999999-aaaa-bbbb-cccc-dddddddddddd',
        target: 'deployments.apps/web',
      },
      changes: [{ path: '$.spec.replicas', from: '10', to: '2' }],
      subject: { username: 'alice', groups: ['dev', 'system:authenticated'] },
      time: '2026-03-01T12:00:30.123000Z',
      operatorInstance: 'run-a',
      sequence: 7,
    });
  });

  test('a service account is taken apart', () => {
    const { subject } = specOf({}, { subject: { username: 'system:serviceaccount:ci:deployer', groups: [] } });
    expect(subject).toEqual({
      username: 'system:serviceaccount:ci:deployer',
      serviceAccount: { namespace: 'ci', name: 'deployer' },
    });
  });

  test.each([
    'system:serviceaccount:ci',
    'system:serviceaccount::x',
    'system:serviceaccount:a:b:c',
    'serviceaccount:a:b',
  ])('the user name %s is no service account', (username) => {
    expect(specOf({}, { subject: { username, groups: [] } }).subject.serviceAccount).toBeUndefined();
  });

  test('the field manager comes from the options', () => {
    expect(specOf({}, { options: { fieldManager: 'argocd' } }).fieldManager).toBe('argocd');
  });

  test('a field manager that is no text is left out', () => {
    expect(specOf({}, { options: { fieldManager: { evil: true } } })).not.toHaveProperty('fieldManager');
  });

  test('an object that is being created has no uid', () => {
    expect(specOf({}, { operation: 'CREATE' }).action).not.toHaveProperty('uid');
  });

  test('an object without a name is called by its resource', () => {
    expect(specOf({}, { name: '', operation: 'CREATE' }).action.target).toBe('deployments.apps');
  });

  test('an added value has no before, a removed one no after', () => {
    const changes = [
      { path: '$.a', to: 1 },
      { path: '$.b', from: 'x' },
    ];
    expect(specOf({ changes }).changes).toEqual([
      { path: '$.a', to: '1' },
      { path: '$.b', from: 'x' },
    ]);
  });

  test('of many changes the first are listed, and the others counted', () => {
    const changes = Array.from({ length: 27 }, (_, index) => ({ path: `$.a${index}` }));
    const spec = specOf({ changes });
    expect(spec.changes).toHaveLength(20);
    expect(spec.changesTruncated).toBe(7);
  });

  test('a word is listed once among the actions', () => {
    expect(specOf({ actions: ['Update', 'ScaleDown', 'Update'] }).action.types).toEqual(['Update', 'ScaleDown']);
  });

  test('nothing is read of the objects', () => {
    const trap: Review['object'] = new Proxy(
      {},
      {
        get: () => {
          throw new Error('read');
        },
        ownKeys: () => {
          throw new Error('listed');
        },
      },
    );
    expect(() => new RecordMaker(review({ object: trap, oldObject: trap })).spec(finding(), mark)).not.toThrow();
  });
});

describe('where a record goes', () => {
  test.each([
    { name: 'the namespace of the object', parts: {}, expected: 'shop' },
    {
      name: "the operator's for an object without a namespace",
      parts: { group: '', resource: 'nodes', namespace: '', name: 'n1' },
      expected: 'guardrails-system',
    },
    {
      name: "the operator's for a namespace, although it carries its own name",
      parts: { group: '', resource: 'namespaces', namespace: 'shop', name: 'shop' },
      expected: 'guardrails-system',
    },
    {
      name: "the object's where another group also has namespaces",
      parts: { group: 'example.com', resource: 'namespaces' },
      expected: 'shop',
    },
  ])('$name', ({ parts, expected }) => {
    expect(recordNamespace(review(parts), 'guardrails-system')).toBe(expected);
  });

  test('a namespace is recorded as an object of the cluster', () => {
    const { action } = specOf({}, { group: '', resource: 'namespaces', namespace: 'shop', name: 'shop' });
    expect(action).not.toHaveProperty('namespace');
    expect(action.target).toBe('namespaces/shop');
  });

  test('a record that goes elsewhere is labelled with its own namespace', () => {
    const { metadata, spec } = relocated(recordBody('n', 'shop', specOf()), 'guardrails-system');
    expect(metadata).toEqual({
      name: 'n',
      namespace: 'guardrails-system',
      labels: {
        'guardrails.dev/guardrail': 'no-sudden-scale-down',
        'guardrails.dev/decision': 'Denied',
        'guardrails.dev/namespace': 'shop',
      },
    });
    expect(spec.action.namespace).toBe('shop');
  });
});

describe('label values', () => {
  test.each([
    { name: 'a short name is itself', text: 'no-exec', expected: 'no-exec' },
    { name: 'a long name is cut', text: 'a'.repeat(70), expected: 'a'.repeat(63) },
    { name: 'the cut leaves no separator at the end', text: `${'a'.repeat(60)}.-.b`, expected: 'a'.repeat(60) },
  ])('$name', ({ text, expected }) => {
    expect(labelValue(text)).toBe(expected);
  });
});

describe('what a controller does to what it owns', () => {
  const derived: Partial<Finding> = { outcome: 'Allowed', reason: 'Derived', action: 'Create', actions: ['Create'] };
  const pod = (name: string) => specOf(derived, { group: '', resource: 'pods', name });

  test('is one record, which names none of the objects', () => {
    expect(recordKey(pod('web-1'))).toBe(recordKey(pod('web-2')));
    expect(pod('web-1').action).toMatchObject({ target: 'pods', namespace: 'shop' });
    expect(pod('web-1').action).not.toHaveProperty('name');
    expect(pod('web-1').action).not.toHaveProperty('uid');
  });

  test('is one record, whatever it changes in each', () => {
    const scaled = (from: number) => specOf({ ...derived, changes: [{ path: '$.spec.replicas', from, to: 0 }] });
    expect(recordKey(scaled(12))).toBe(recordKey(scaled(6)));
    expect(scaled(12)).not.toHaveProperty('changes');
  });
});

describe('the key of a decision', () => {
  const same = (parts: Partial<Finding>, reviewParts: Partial<Review> = {}) =>
    recordKey(specOf(parts, reviewParts)) === recordKey(specOf());

  test.each<{ name: string; finding?: Partial<Finding>; review?: Partial<Review> }>([
    { name: 'another guardrail of that name', finding: { guardrail: { ...finding().guardrail, uid: 'other' } } },
    { name: 'another generation', finding: { guardrail: { ...finding().guardrail, generation: 4 } } },
    { name: 'another outcome', finding: { outcome: 'Warned' } },
    { name: 'another reason', finding: { reason: 'ScopeEscape' } },
    { name: 'another action', finding: { action: 'ScaleToZero' } },
    { name: 'another change', finding: { changes: [{ path: '$.spec.replicas', from: 10, to: 3 }] } },
    { name: 'another object of that name', finding: { targetUid: 'other' } },
    { name: 'another user', review: { subject: { username: 'bob', groups: [] } } },
    { name: 'another operation', review: { operation: 'DELETE' } },
    { name: 'another group', review: { group: 'extensions' } },
    { name: 'another resource', review: { resource: 'statefulsets' } },
    { name: 'a subresource', review: { subresource: 'scale' } },
    { name: 'another namespace', review: { namespace: 'shop2' } },
    { name: 'another name', review: { name: 'web2' } },
  ])('$name is another decision', ({ finding: findingParts = {}, review: reviewParts = {} }) => {
    expect(same(findingParts, reviewParts)).toBe(false);
  });

  test.each<{ name: string; finding?: Partial<Finding>; review?: Partial<Review> }>([
    { name: 'another review of it', review: { uid: 'other' } },
    { name: 'another version of the API', review: { version: 'v1beta1' } },
    { name: 'other groups of the user', review: { subject: { username: 'alice', groups: [] } } },
    { name: 'another client', review: { options: { fieldManager: 'kubectl' } } },
  ])('$name is a repeat', ({ finding: findingParts = {}, review: reviewParts = {} }) => {
    expect(same(findingParts, reviewParts)).toBe(true);
  });

  test('two attempts to create an object are one decision, although each has its own uid', () => {
    const attempt = (targetUid: string) => recordKey(specOf({ targetUid }, { operation: 'CREATE' }));
    expect(attempt('first')).toBe(attempt('second'));
  });

  test('no value can be written so that it looks like two', () => {
    const one = specOf({}, { namespace: 'a","b', name: 'c' });
    const other = specOf({}, { namespace: 'a', name: 'b","c' });
    expect(recordKey(one)).not.toBe(recordKey(other));
  });

  test('it can be made again from the stored record', () => {
    const stored = JSON.parse(
      JSON.stringify(specOf({ message: 'half \ud800', changes: [{ path: '$.x', to: '\udc00' }] })),
    );
    expect(recordKey({ ...stored, operatorInstance: 'run-b', sequence: 1, time: 'later' })).toBe(
      recordKey(specOf({ message: 'half \ud800', changes: [{ path: '$.x', to: '\udc00' }] })),
    );
  });
});

describe('the name of a record', () => {
  const key = recordKey(specOf());

  test('it is the start of the window in base 36, and the beginning of the key', () => {
    expect(recordName(Date.parse('2026-03-01T12:00:00Z'), key)).toBe(`0tb7yo0-${key.slice(0, 12)}`);
  });

  test('the long name has more of the key', () => {
    const start = Date.parse('2026-03-01T12:00:00Z');
    expect(longRecordName(start, key).startsWith(recordName(start, key))).toBe(true);
    expect(longRecordName(start, key)).toMatch(/^[0-9a-z]{7}-[0-9a-f]{40}$/);
  });

  test('names sort by time', () => {
    const start = fc.date({ min: new Date(0), max: new Date('4400-01-01T00:00:00Z'), noInvalidDate: true });
    fc.assert(
      fc.property(start, start, (one, other) => {
        const names = [one, other].map((date) => recordName(date.getTime(), key));
        const inSeconds = [one, other].map((date) => Math.floor(date.getTime() / 1000));
        expect((names[0] ?? '') < (names[1] ?? '')).toBe((inSeconds[0] ?? 0) < (inSeconds[1] ?? 0));
      }),
    );
  });
});

describe('whatever the request', () => {
  const validate = new Ajv({ strict: false, formats: { ...fullFormats, int64: true } }).compile(
    schemas.GuardrailViolation,
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }), fc.nat(5000)).map(([s, n]) => s.repeat(n)),
    fc.constantFrom('\u0001', '😀', '\ud800', 'ü', 'a').map((s) => s.repeat(6000)),
  );
  const changes = fc.array(
    fc.record({ path: text, from: fc.oneof(text, fc.jsonValue()), to: text }, { requiredKeys: ['path'] }),
    { maxLength: 40 },
  );
  const findings = fc
    .record({ message: text, changes, name: text, targetUid: text })
    .map(({ name, ...parts }) => finding({ ...parts, guardrail: { name, uid: name, generation: 1 } }));
  const reviews = fc
    .record({
      name: text,
      resource: text,
      username: text,
      groups: fc.array(text, { maxLength: 100 }),
      fieldManager: text,
    })
    .map(({ name, resource, username, groups, fieldManager }) =>
      review({ name, resource, subject: { username, groups }, options: { fieldManager } }),
    );

  test('the record is within the limits of the CRD and of the size, and its text is well-formed', () => {
    fc.assert(
      fc.property(findings, reviews, (anyFinding, anyReview) => {
        const spec = new RecordMaker(anyReview).spec(anyFinding, mark);
        const body = recordBody('name', 'shop', spec);
        const json = JSON.stringify(relocated(body, 'guardrails-system'));
        expect(validate(body), JSON.stringify(validate.errors)).toBe(true);
        expect(Buffer.byteLength(json)).toBeLessThanOrEqual(MAX_RECORD_BYTES);
        expect(json.isWellFormed() && !json.includes('\\ud8')).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('a request made to be too large is on record nevertheless, with less in it', () => {
    const path = '\u0001'.repeat(600);
    const groups = Array.from({ length: 64 }, () => path.repeat(2));
    const spec = new RecordMaker(review({ subject: { username: path.repeat(3), groups } })).spec(
      finding({
        message: path.repeat(10),
        changes: Array.from({ length: 30 }, () => ({ path, from: path, to: path })),
      }),
      mark,
    );
    expect(spec).toMatchObject({ changesTruncated: 30, action: { target: 'deployments.apps/web' } });
    expect(spec.subject.groups).toHaveLength(2);
  });
});
