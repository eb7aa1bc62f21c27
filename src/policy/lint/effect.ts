import type { GuardrailTest } from '../../api/v1alpha1.ts';
import { stringAt } from '../json.ts';
import { isNamespace } from '../match.ts';
import { hitIf, type LintRule } from './lint-rule.ts';
import { areAll, comesByConnectingAlone, comesByCreationAlone } from './routes.ts';

/** Rules on when a guardrail is in effect, what it leads to, what it says and how it is tested. */
export const EFFECT_RULES: readonly LintRule[] = [
  {
    rule: 'never-in-effect',
    level: 'warning',
    summary: 'The schedule never has it in effect again.',
    find: ({ compiled: { schedule }, now }) => {
      const state = schedule?.at(now);
      return hitIf(
        state !== undefined && !state.inEffect && state.nextChange === undefined,
        'spec.schedule',
        'the guardrail is not in effect, and never will be: it judges nothing',
      );
    },
  },
  {
    rule: 'always-in-effect',
    level: 'info',
    summary: 'The schedule always has it in effect.',
    find: ({ compiled: { schedule }, now }) => {
      const state = schedule?.at(now);
      return hitIf(
        state?.inEffect === true && state.nextChange === undefined,
        'spec.schedule',
        'the guardrail is in effect from now on for ever: leave the schedule away',
      );
    },
  },
  {
    rule: 'window-over',
    level: 'info',
    summary: 'A window of the schedule is over.',
    find: ({ spec, now }) =>
      (spec.schedule?.windows ?? []).flatMap(({ absolute }, index) =>
        hitIf(
          absolute !== undefined && Date.parse(absolute.to) <= now.getTime(),
          `spec.schedule.windows[${index}].absolute`,
          'this window is over: leave it away, or set the next one',
        ),
      ),
  },
  {
    rule: 'failure-policy-without-deny',
    level: 'info',
    summary: 'failurePolicy is set where it says nothing.',
    find: ({ spec }) =>
      hitIf(
        spec.enforcement !== 'Deny' && spec.failurePolicy !== undefined,
        'spec.failurePolicy',
        `a guardrail with enforcement ${spec.enforcement} refuses nothing, so that it is always Ignore: leave it away`,
      ),
  },
  {
    rule: 'critical-fails-open',
    level: 'info',
    summary: 'A critical guardrail lets everything pass while the operator is away.',
    find: ({ spec }) =>
      hitIf(
        spec.severity === 'Critical' && spec.enforcement === 'Deny' && spec.failurePolicy === 'Ignore',
        'spec.failurePolicy',
        'what is critical passes unjudged while the operator can not answer: Fail refuses it then',
      ),
  },
  {
    rule: 'placeholder-never-set',
    level: 'warning',
    summary: 'A placeholder of the message never has a value.',
    find: ({ spec, compiled }) => {
      const variables = [...(spec.message ?? '').matchAll(PLACEHOLDER)].map(([, name]) => name);
      const isUnset =
        (variables.includes('object') && areAll(compiled, 'Delete')) ||
        (variables.includes('oldObject') && (comesByCreationAlone(compiled) || comesByConnectingAlone(compiled)));
      return hitIf(
        isUnset,
        'spec.message',
        'a placeholder reads an object that the request does not have, and says <none>: read $.target',
      );
    },
  },
  {
    rule: 'no-tests',
    level: 'info',
    summary: 'It has no tests.',
    find: ({ spec }) =>
      hitIf(spec.tests === undefined, 'spec.tests', 'show by a test what trips it, and by another what does not'),
  },
  {
    rule: 'one-sided-tests',
    level: 'info',
    summary: 'Its tests show one side alone.',
    find: ({ spec: { tests = [] } }) => {
      const tripped = tests.filter(({ expect }) => TRIPPED.has(expect));
      if (tests.length === 0 || (tripped.length > 0 && tripped.length < tests.length)) return [];
      const missing = tripped.length === 0 ? 'shows that it trips' : 'shows what it lets pass';
      return [{ field: 'spec.tests', message: `no test ${missing}: add one` }];
    },
  },
  {
    rule: 'message-of-nothing',
    level: 'warning',
    summary: 'A test expects a message where nobody is told anything.',
    find: ({ spec: { tests = [] } }) =>
      tests.flatMap(({ expect, message }, index) =>
        hitIf(
          message !== undefined && SILENT.has(expect),
          `spec.tests[${index}].message`,
          `nobody is told anything where ${expect} is expected, so that this test always fails: leave the message away`,
        ),
      ),
  },
  {
    rule: 'namespace-labels-unread',
    level: 'warning',
    summary: 'A test gives labels to a namespace that is among its existing objects.',
    find: ({ spec: { tests = [] } }) =>
      tests.flatMap((test, index) =>
        hitIf(
          test.namespaceLabels !== undefined && hasNamespace(test),
          `spec.tests[${index}].namespaceLabels`,
          'the Namespace among the existing objects says its labels itself, so that these are not read: leave one of them away',
        ),
      ),
  },
];

/** An Eviction, by which a Pod is deleted too, submits deleteOptions. */
const PLACEHOLDER = /\{\{\s*\$\.(?!object\.deleteOptions)(\w+)/g;

/** What a test expects of a guardrail that trips. */
const TRIPPED: ReadonlySet<string> = new Set(['Tripped', 'Denied', 'Warned', 'Audited']);

/** What a test expects where nobody is told anything. */
const SILENT: ReadonlySet<string> = new Set(['Allowed', 'NotMatched']);

/** Where an object is that says nothing of it. */
const DEFAULT_NAMESPACE = 'default';

/** Whether the namespace of the request of a test is among the existing objects. */
function hasNamespace({ request, target, existing = [] }: GuardrailTest): boolean {
  const objects = [request.object, request.oldObject, target];
  const first = (key: string) =>
    objects.map((object) => stringAt(object, 'metadata', key)).find((text) => text !== undefined);
  const { group = '', resource } = request.resource;
  const namespace = isNamespace({ group, resource })
    ? (request.name ?? first('name'))
    : (request.namespace ?? first('namespace') ?? DEFAULT_NAMESPACE);
  return existing.some(
    (object) =>
      stringAt(object, 'apiVersion') === 'v1' &&
      stringAt(object, 'kind') === 'Namespace' &&
      stringAt(object, 'metadata', 'name') === namespace,
  );
}
