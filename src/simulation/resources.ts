import { GROUP, GUARDRAIL_VIOLATIONS, GUARDRAILS, VERSION } from '../api/group-version.ts';
import { resourceMap } from '../controller/resource-map.ts';
import type { DiscoveredResource } from '../kube/discovery-documents.ts';
import { stringAt } from '../policy/json.ts';
import { type ResourceInfo, type ResourceMap, resourceKey } from '../policy/resource-map.ts';
import type { KubeObject } from '../policy/review.ts';
import { BUILT_IN_RESOURCES, type BuiltInResource } from './built-in-resources.ts';

/** What the operator brings along itself. */
const OWN_RESOURCES: readonly ResourceInfo[] = [
  { resource: GUARDRAILS, kind: 'Guardrail', namespaced: false },
  { resource: GUARDRAIL_VIOLATIONS, kind: 'GuardrailViolation', namespaced: true },
].map((one) => ({ ...one, group: GROUP, version: VERSION, isCustom: true, subresources: new Set(['status']) }));

const DISCOVERY = { resources: BUILT_IN_RESOURCES.map(discovered), stale: [] };

function discovered(row: BuiltInResource): DiscoveredResource {
  const [group, resource, kind, versions, scope, subresources, deletable] = row;
  const names = subresources === '' ? [] : subresources.split(' ');
  return {
    group,
    resource,
    versions: versions.split(' ').map((version) => ({
      version,
      kind,
      namespaced: scope === 'Namespaced',
      verbs: deletable === 'deletable' ? ['delete'] : [],
      subresources: names.map((name) => ({ name, kind: { group, version, kind: '' }, verbs: [] })),
    })),
  };
}

const BUILT_IN = withOwn(resourceMap(DISCOVERY, []));

/** What a CustomResourceDefinition says counts more. */
function withOwn(resources: ResourceMap): ResourceMap {
  return new Map([...OWN_RESOURCES.map((info) => [resourceKey(info), info] as const), ...resources]);
}

/** The groups of which everything is known. */
export const BUILT_IN_GROUPS: ReadonlySet<string> = new Set(BUILT_IN_RESOURCES.map(([group]) => group));

/** What a cluster serves that holds these objects: the built-in resources, and those of the CustomResourceDefinitions among them. */
export function resourcesOf(objects: readonly KubeObject[]): ResourceMap {
  const crds = objects.filter(isCustomResourceDefinition);
  return crds.length === 0 ? BUILT_IN : withOwn(resourceMap(DISCOVERY, crds));
}

const isCustomResourceDefinition = (object: KubeObject): boolean =>
  groupOf(object) === 'apiextensions.k8s.io' && stringAt(object, 'kind') === 'CustomResourceDefinition';

/** The resource that an object is of, by its apiVersion and kind; undefined if nobody serves such. */
export function resourceOfObject(object: KubeObject, resources: ResourceMap): ResourceInfo | undefined {
  const group = groupOf(object);
  const kind = stringAt(object, 'kind');
  return [...resources.values()].find((info) => info.group === group && info.kind === kind);
}

/** The API group of an object by its apiVersion; "" for the core group. */
export function groupOf(object: KubeObject): string {
  const apiVersion = stringAt(object, 'apiVersion') ?? '';
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

/** The API version of an object by its apiVersion, without the group. */
export function versionOf(object: KubeObject): string {
  const apiVersion = stringAt(object, 'apiVersion') ?? '';
  return apiVersion.slice(apiVersion.indexOf('/') + 1);
}
