import type { Guardrail, ResourceRule } from '../api/v1alpha1.ts';
import { validateGuardrail } from '../api/validate.ts';
import type { Action } from './actions/action.ts';
import { BY_SPECIFICITY, canHappenTo } from './actions/catalogue.ts';
import type { BrokenGuardrail, CompiledGuardrail, GuardrailScope, LoadedGuardrail } from './compiled-guardrail.ts';
import { FieldErrors, formatFieldErrors } from './field-error.ts';
import { compileSimpleJsonPath, type SimpleJsonPath } from './json-path.ts';
import { compileMatch, rulesName } from './match.ts';
import { compileMessageTemplate } from './message-template.ts';
import { neverSent } from './never-sent.ts';
import { POD_BEARING } from './pod-template.ts';
import type { GroupResource } from './review.ts';
import { compileSchedule } from './schedule/schedule.ts';
import { compileWhen } from './when/when.ts';

/**
 * Compiles a Guardrail: everything that is parsed or built is parsed and built here, never on the request path. The
 * result of one that can't compile tells each field that is wrong, and what is known of its scope.
 */
export function compileGuardrail(guardrail: Guardrail): LoadedGuardrail {
  const errors = new FieldErrors();
  for (const { field, message } of validateGuardrail(withoutServerFields(guardrail))) errors.add(field, message);
  if (errors.all.length > 0) return broken(guardrail, errors);
  const scope = scopeOf(guardrail);
  const { match, schedule, when, message, audit } = guardrail.spec;
  checkActions(guardrail, scope, errors);
  const compiled: CompiledGuardrail = {
    kind: 'Compiled',
    scope,
    auditAllowed: audit?.allowed ?? 'Record',
    match: compileMatch(match, errors),
    schedule: schedule === undefined ? undefined : compileSchedule(schedule, errors),
    when: compileWhen(when ?? [], errors),
    hasConditions: when !== undefined,
    message: message === undefined ? undefined : errors.try('spec.message', () => compileMessageTemplate(message)),
    podTemplate: compilePodTemplates(match.resources ?? [], errors),
    namesResource: resourceTest(scope),
  };
  return errors.all.length > 0 ? broken(guardrail, errors) : compiled;
}

/** What is wrong with a guardrail, in one line; undefined if it compiles. */
export function compileErrorText(guardrail: LoadedGuardrail): string | undefined {
  return guardrail.kind === 'Broken' ? formatFieldErrors(guardrail.errors) : undefined;
}

/** metadata is the API server's to judge, status is ours. */
function withoutServerFields({ apiVersion, kind, spec }: Guardrail): unknown {
  return { apiVersion, kind, spec };
}

/** The schema can't say which actions happen to which resources. */
function checkActions(guardrail: Guardrail, scope: GuardrailScope, errors: FieldErrors): void {
  const { resources, actions } = guardrail.spec.match;
  if (resources === undefined) {
    if (scope.actions.some((action) => action.resources === 'any')) {
      errors.add('spec.match.resources', 'must be set for the actions that can happen to anything');
    }
    return;
  }
  for (const name of neverSent(resources)) {
    errors.add('spec.match.resources', `must not name what can not be guarded: ${name}`);
  }
  for (const [index, name] of actions.entries()) {
    const action = scope.actions.find((candidate) => candidate.name === name);
    if (action === undefined || action.resources === 'any' || couldHappen(action, resources)) continue;
    errors.add(
      `spec.match.actions[${index}]`,
      `must be able to happen to one of spec.match.resources: ${name} happens to ${action.resources.text}`,
    );
  }
}

/** A path to the pod templates of custom resources, by resource: those of built-in kinds are known. */
function compilePodTemplates(rules: readonly ResourceRule[], errors: FieldErrors): CompiledGuardrail['podTemplate'] {
  const templates: { readonly rule: ResourceRule; readonly path: SimpleJsonPath }[] = [];
  for (const [index, rule] of rules.entries()) {
    const text = rule.podTemplatePath;
    if (text === undefined) continue;
    const field = `spec.match.resources[${index}].podTemplatePath`;
    if (POD_BEARING.some((resource) => rulesName([rule], resource))) {
      errors.add(
        field,
        'must not be set for resources whose pod template is known: give custom resources a rule of their own',
      );
    }
    const path = errors.try(field, () => compileSimpleJsonPath(text));
    if (path !== undefined) templates.push({ rule, path });
  }
  for (const [index, { rule }] of templates.entries()) {
    const others = templates.slice(0, index).filter((other) => areOfSame(rule, other.rule));
    if (others.length === 0) continue;
    errors.add(
      `spec.match.resources[${rules.indexOf(rule)}].podTemplatePath`,
      'must be the only one for a resource: give each of its pod templates a guardrail of its own',
    );
  }
  if (templates.length === 0) return () => undefined;
  return (resource) => templates.find(({ rule }) => rulesName([rule], resource))?.path;
}

/** Whether two rules can name one resource. */
function areOfSame(a: ResourceRule, b: ResourceRule): boolean {
  const overlap = (x: readonly string[], y: readonly string[]) =>
    x.includes('*') || y.includes('*') || x.some((name) => y.includes(name));
  return overlap(a.apiGroups, b.apiGroups) && overlap(a.resources, b.resources);
}

/** A resource that is not built in may be a custom one that can be scaled, so it gets the benefit of the doubt. */
function couldHappen(action: Action, rules: NonNullable<GuardrailScope['resources']>): boolean {
  if (action.resources === 'any') return true;
  const { builtIn, custom, podBearing } = action.resources;
  if (builtIn.some((resource) => rulesName(rules, resource))) return true;
  if (podBearing === true && rules.some(({ podTemplatePath }) => podTemplatePath !== undefined)) return true;
  const scalable = {
    group: '',
    version: '',
    resource: '',
    kind: '',
    namespaced: true,
    subresources: new Set(['scale']),
  };
  return (
    custom(scalable) && rules.some(({ apiGroups }) => apiGroups.some((group) => group.includes('.') || group === '*'))
  );
}

/** One list for all guardrails that list the same actions: what it makes of a review is then found out once. */
const LISTS = new Map<string, readonly Action[]>();
/** More than people write; nobody must grow memory by inventing some. */
const MAX_LISTS = 1_000;

function listOf(names: readonly unknown[]): readonly Action[] {
  const list = BY_SPECIFICITY.filter(({ name }) => names.includes(name));
  const key = list.map(({ name }) => name).join();
  const known = LISTS.get(key);
  if (known === undefined && LISTS.size < MAX_LISTS) LISTS.set(key, list);
  return known ?? list;
}

function scopeOf({ metadata, spec }: Guardrail): GuardrailScope {
  const { match } = spec;
  const guards = match.selectorProtection !== 'None';
  const namespaces = match.namespaces;
  return {
    identity: { name: metadata?.name ?? '', uid: metadata?.uid ?? '', generation: metadata?.generation ?? 0 },
    severity: spec.severity ?? 'Medium',
    enforcement: spec.enforcement,
    failurePolicy: spec.enforcement === 'Deny' ? (spec.failurePolicy ?? 'Fail') : 'Ignore',
    actions: listOf(match.actions),
    resources: match.resources,
    namespaces: namespaces && { include: namespaces.include, exclude: namespaces.exclude ?? [] },
    includeStatus: match.includeStatus === true,
    guards: {
      objectLabels: guards && match.objectSelector !== undefined,
      namespaceLabels: guards && match.namespaceSelector !== undefined,
    },
    reachesClusterScope: namespaces === undefined && match.namespaceSelector === undefined,
  };
}

function resourceTest(scope: GuardrailScope): (resource: GroupResource) => boolean {
  const { resources, actions } = scope;
  if (resources !== undefined) return (resource) => rulesName(resources, resource);
  // Without resources the actions' own apply. Custom ones are not known here, but the webhook's rules name them: what
  // comes by a route of the action and is found to be that action is of such a resource.
  return (resource) => actions.some((action) => canHappenTo(action, resource, undefined) || isCustom(action, resource));
}

const isCustom = (action: Action, { group }: GroupResource): boolean =>
  action.resources !== 'any' && group.includes('.') && action.routes.some(({ subresource }) => subresource === 'scale');

/**
 * The scope of a guardrail that can't compile: its actions and resources as far as they can be read, in all namespaces.
 * Selectors and subjects can't be trusted, so nobody and nothing is left out.
 */
function broken(guardrail: Guardrail, errors: FieldErrors): BrokenGuardrail {
  const { metadata } = guardrail;
  const spec = guardrail.spec as Partial<Guardrail['spec']> | undefined;
  const match = spec?.match;
  const actions = Array.isArray(match?.actions) ? match.actions : [];
  const resources = Array.isArray(match?.resources) ? match.resources.filter(isRule) : undefined;
  const scope: GuardrailScope = {
    identity: { name: metadata?.name ?? '', uid: metadata?.uid ?? '', generation: metadata?.generation ?? 0 },
    severity: spec?.severity ?? 'Medium',
    enforcement: spec?.enforcement ?? 'Audit',
    failurePolicy: spec?.enforcement === 'Deny' ? (spec.failurePolicy ?? 'Fail') : 'Ignore',
    actions: listOf(actions),
    resources,
    namespaces: undefined,
    includeStatus: match?.includeStatus === true,
    guards: { objectLabels: false, namespaceLabels: false },
    reachesClusterScope: true,
  };
  const judgesDerived = match?.derived === 'Include';
  return { kind: 'Broken', scope, errors: errors.all, judgesDerived, namesResource: resourceTest(scope) };
}

const isRule = (rule: unknown): rule is NonNullable<GuardrailScope['resources']>[number] => {
  const { apiGroups, resources } = (rule ?? {}) as { apiGroups?: unknown; resources?: unknown };
  return Array.isArray(apiGroups) && Array.isArray(resources);
};
