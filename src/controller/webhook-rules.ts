import type { Action, IndirectRoute, Route } from '../policy/actions/action.ts';
import { canHappenTo } from '../policy/actions/catalogue.ts';
import { labelChange } from '../policy/actions/metadata.ts';
import { isOn } from '../policy/candidate.ts';
import type { GuardrailScope } from '../policy/compiled-guardrail.ts';
import { isNamespace, rulesName } from '../policy/match.ts';
import { type ResourceInfo, type ResourceMap, resourceKey } from '../policy/resource-map.ts';
import type { GroupResource } from '../policy/review.ts';

/** A rule of a webhook entry, with every field that the API server would default. */
export interface WebhookRule {
  readonly operations: readonly string[];
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly resources: readonly string[];
  readonly scope: 'Cluster' | 'Namespaced';
}

/** The rules of a group of guardrails, by scope: cluster-scoped objects stand in an entry of their own. */
export interface ScopedRules {
  readonly cluster: readonly WebhookRule[];
  readonly namespaced: readonly WebhookRule[];
}

/** One resource or subresource that has to be sent. "*" stands for any group, version or resource. */
interface Need {
  readonly operation: string;
  readonly group: string;
  readonly version: string;
  /** With its subresource, such as pods/eviction. */
  readonly resource: string;
  readonly scope: WebhookRule['scope'];
}

/** A resource as a guardrail names it: one that the cluster serves, one that is not known, or a wildcard. */
interface Named extends GroupResource {
  readonly info: ResourceInfo | undefined;
  /** Whether the guardrail says where it keeps its pod template. */
  readonly hasPodTemplate: boolean;
}

/** The resource through which Pods were bound before pods/binding. It is still served. */
const LEGACY_BINDINGS = 'bindings';

const NAMESPACES: GroupResource = { group: '', resource: 'namespaces' };

/**
 * The rules that send every request that the guardrails can judge, and no other kind. A resource is sent in exactly one
 * version, so that the engine sees one shape; one that the cluster does not serve (yet) in any.
 */
export function webhookRules(scopes: readonly GuardrailScope[], resources: ResourceMap): ScopedRules {
  const needs = scopes.flatMap((scope) => needsOf(scope, resources));
  return {
    cluster: toRules(needs.filter(({ scope }) => scope === 'Cluster')),
    namespaced: toRules(needs.filter(({ scope }) => scope === 'Namespaced')),
  };
}

/**
 * The resources of which an update matters to the guardrails only by what it does to metadata, or to a deadline: as keys of
 * resourceKey. "All" if that holds for whatever is sent; a wildcard names what can't be listed.
 */
export function updatedForMetadataAlone(
  scopes: readonly GuardrailScope[],
  resources: ResourceMap,
): readonly string[] | 'All' {
  const whole = scopes.filter(({ actions }) => actions.some(readsWholeUpdates));
  if (whole.length === 0) return 'All';
  const keys = (some: readonly GuardrailScope[]) => some.flatMap((scope) => namedResources(scope, resources));
  const read = whole.flatMap((scope) => readResources(scope, resources));
  if (read.some(isWildcard)) return [];
  const readKeys = new Set(read.map(resourceKey));
  const listed = keys(scopes)
    .filter((one) => !isWildcard(one))
    .map(resourceKey);
  return [...new Set(listed)].filter((key) => !readKeys.has(key)).toSorted(byText);
}

/** What a guardrail names, and what is sent for the sake of that. */
function readResources(scope: GuardrailScope, resources: ResourceMap): GroupResource[] {
  const named = namedResources(scope, resources);
  const via = named.flatMap((one) => scope.actions.flatMap((action) => indirectRoutes(action, one)));
  return [...named, ...via.map((route) => route.via)];
}

/**
 * The resources of which the guardrails judge what a write to `/status` says, beyond what it does to metadata: as keys of
 * resourceKey. "All" if these can't be listed.
 */
export function judgedByStatus(scopes: readonly GuardrailScope[], resources: ResourceMap): readonly string[] | 'All' {
  const judged = scopes.flatMap((scope) =>
    namedResources(scope, resources).flatMap((one) =>
      scope.actions
        .filter((action) => !METADATA_ACTIONS.has(action.name) && mayHappenTo(action, one))
        .flatMap(({ routes }) => routes.filter(isStatusRoute).flatMap((route) => places(route, one))),
    ),
  );
  return judged.some(isWildcard) ? 'All' : [...new Set(judged.map(resourceKey))].toSorted(byText);
}

const isStatusRoute = ({ subresource, onlyWithStatus }: Route): boolean =>
  subresource === 'status' && onlyWithStatus === undefined;

/** What of an update, or of a write to `/status`, these judge is in its metadata, or its deadline. */
const METADATA_ACTIONS: ReadonlySet<string> = new Set([
  'Delete',
  'LabelChange',
  'AnnotationChange',
  'FinalizerRemove',
  'OwnerChange',
]);

const readsWholeUpdates = ({ name, routes }: Action): boolean =>
  !METADATA_ACTIONS.has(name) &&
  routes.some(({ operation, subresource }) => operation === 'UPDATE' && subresource === '');

/** The resources that a guardrail names and that the cluster does not serve. */
export function unknownResources({ resources }: GuardrailScope, known: ResourceMap): string[] {
  return (resources ?? [])
    .flatMap(({ apiGroups, resources: names }) =>
      apiGroups.flatMap((group) => names.map((resource) => ({ group, resource }))),
    )
    .filter((one) => one.group !== '*' && one.resource !== '*' && !known.has(resourceKey(one)))
    .map(({ group, resource }) => (group === '' ? resource : `${resource}.${group}`));
}

function needsOf(scope: GuardrailScope, resources: ResourceMap): Need[] {
  const named = namedResources(scope, resources);
  const needs = named.flatMap((one) => [
    ...scope.actions
      .filter((action) => mayHappenTo(action, one))
      .flatMap((action) => [...routesTo(action, one, scope), ...indirectRoutesTo(action, one, resources)]),
    ...(scope.guards.objectLabels ? routesTo(labelChange, one, scope) : []),
  ]);
  if (!scope.guards.namespaceLabels) return needs;
  const info = resources.get(resourceKey(NAMESPACES));
  return [...needs, ...routesTo(labelChange, { ...NAMESPACES, info, hasPodTemplate: false }, scope)];
}

function namedResources({ resources: rules, actions }: GuardrailScope, resources: ResourceMap): Named[] {
  const one = (resource: GroupResource, hasPodTemplate = false): Named => ({
    ...resource,
    info: resources.get(resourceKey(resource)),
    hasPodTemplate,
  });
  if (rules !== undefined) {
    return rules.flatMap(({ apiGroups, resources: names, podTemplatePath }) =>
      apiGroups.flatMap((group) => names.map((resource) => one({ group, resource }, podTemplatePath !== undefined))),
    );
  }
  return actions.flatMap((action) => {
    const { resources: set } = action;
    if (set === 'any') return [];
    const custom = [...resources.values()].filter((info) => info.group.includes('.') && set.custom(info));
    return [...set.builtIn, ...custom].map((resource) => one(resource));
  });
}

const isWildcard = ({ group, resource }: GroupResource): boolean => group === '*' || resource === '*';

function mayHappenTo(action: Action, named: Named): boolean {
  return isWildcard(named) || named.info === undefined || canHappenTo(action, named, named.info, named.hasPodTemplate);
}

function routesTo(action: Action, named: Named, scope: GuardrailScope): Need[] {
  return action.routes
    .filter((route) => route.onlyWithStatus === undefined || scope.includeStatus)
    .flatMap((route) => places(route, named).flatMap((place) => needsAt(route, place, scope)));
}

/** What has to be sent of other objects, since it does the action to this resource. */
function indirectRoutesTo(action: Action, named: Named, resources: ResourceMap): Need[] {
  return indirectRoutes(action, named).map(({ operation, via, scope }) => ({
    operation,
    ...via,
    version: resources.get(resourceKey(via))?.version ?? '*',
    scope,
  }));
}

const indirectRoutes = ({ indirect = [] }: Action, named: Named): readonly IndirectRoute[] =>
  indirect.filter(({ reaches }) => isWildcard(named) || reaches(named.info));

/** Where a route leads on a resource. A route of certain resources alone leads to those of them that a wildcard names. */
function places(route: Route, named: Named): Named[] {
  if (isWildcard(named) && route.only !== undefined) {
    const rule = { apiGroups: [named.group], resources: [named.resource] };
    return route.only
      .filter((one) => rulesName([rule], one))
      .map((one) => ({ ...one, info: undefined, hasPodTemplate: false }));
  }
  const { info } = named;
  const exists = route.subresource === '' || info === undefined || info.subresources.has(route.subresource);
  return exists && (isWildcard(named) || isOn(route, named)) ? [named] : [];
}

function needsAt({ operation, subresource }: Route, place: Named, scope: GuardrailScope): Need[] {
  const { group, info } = place;
  const resource = subresource === '' ? place.resource : `${place.resource}/${subresource}`;
  const need = { operation, group, version: info?.version ?? '*', resource };
  const needs = scopesOf(place, scope).map((one) => ({ ...need, scope: one }));
  // A Binding can also be posted to a resource of its own. The decoder reads that as the Pod's.
  return subresource === 'binding' ? needs.flatMap((one) => [one, { ...one, resource: LEGACY_BINDINGS }]) : needs;
}

/** A guardrail that is bound to namespaces reaches no cluster-scoped objects but the Namespaces themselves. */
function scopesOf(place: Named, { reachesClusterScope }: GuardrailScope): WebhookRule['scope'][] {
  if (isNamespace(place) || (place.group === '*' && place.resource === NAMESPACES.resource)) return ['Cluster'];
  const cluster: WebhookRule['scope'][] = reachesClusterScope ? ['Cluster'] : [];
  if (place.info !== undefined && !place.info.isContested) return place.info.namespaced ? ['Namespaced'] : cluster;
  // A wildcard names the Namespaces too.
  return place.resource.startsWith('*') ? ['Cluster', 'Namespaced'] : [...cluster, 'Namespaced'];
}

/** As few rules as say the same: resources of one group and version that are needed for the same operations share one. */
function toRules(needs: readonly Need[]): WebhookRule[] {
  const operations = new Map<string, { need: Need; operations: Set<string> }>();
  for (const need of needs) {
    const key = JSON.stringify([need.group, need.version, need.resource]);
    const entry = operations.get(key) ?? { need, operations: new Set<string>() };
    operations.set(key, { ...entry, operations: entry.operations.add(need.operation) });
  }
  const rules = new Map<string, WebhookRule>();
  for (const { need, operations: set } of operations.values()) {
    const sorted = [...set].toSorted(byText);
    // The API server refuses a rule that names a resource beside a wildcard, and with it the whole configuration.
    const key = JSON.stringify([need.group, need.version, sorted, need.resource.startsWith('*') ? need.resource : '']);
    const others = rules.get(key)?.resources ?? [];
    rules.set(key, {
      operations: sorted,
      apiGroups: [need.group],
      apiVersions: [need.version],
      resources: [...others, need.resource].toSorted(byText),
      scope: need.scope,
    });
  }
  return [...rules].toSorted(([a], [b]) => byText(a, b)).map(([, rule]) => rule);
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
