import type { Change } from '../decision.ts';
import { cut } from '../describe.ts';
import { stringListAt } from '../json.ts';
import { onlyIn } from './canonical.ts';
import { WorkLimit } from './work-limit.ts';

/** A rule of a Role, ready to be compared with others. */
interface Rule {
  readonly verbs: ReadonlySet<string>;
  readonly apiGroups: ReadonlySet<string>;
  readonly resources: ReadonlySet<string>;
  /** Empty for all names. */
  readonly resourceNames: ReadonlySet<string>;
  readonly nonResourceURLs: ReadonlySet<string>;
}

/** One right: a verb on a resource, perhaps of one name, or on a path. The least that a rule can grant. */
interface Right {
  readonly verb: string;
  readonly apiGroup?: string;
  readonly resource?: string;
  readonly resourceName?: string;
  readonly path?: string;
}

/**
 * The rights that rules grant and the old ones did not, each rule's as a change. As the API server compares them: a right
 * has to be covered by one of the old rules. What can't be compared for its size counts as granted.
 */
export function grantedRights(from: readonly unknown[], to: readonly unknown[]): Change[] {
  const fresh = onlyIn(to, from);
  if (fresh.length === 0) return [];
  const limit = new WorkLimit();
  const old = from.map(readRule);
  return fresh.flatMap(({ item }) => {
    const rule = readRule(item);
    const granted = uncovered(rule, old, limit);
    return granted === undefined ? changesOf(rule, [...rule.verbs]) : byVerbs(rule, granted);
  });
}

function readRule(rule: unknown): Rule {
  const set = (key: string) => new Set(stringListAt(rule, key));
  return {
    verbs: set('verbs'),
    apiGroups: set('apiGroups'),
    resources: set('resources'),
    resourceNames: set('resourceNames'),
    nonResourceURLs: set('nonResourceURLs'),
  };
}

/** The rights of a rule that no old rule covers. Undefined if that is more work than can be done. */
function uncovered(rule: Rule, old: readonly Rule[], limit: WorkLimit): Right[] | undefined {
  const result: Right[] = [];
  for (const right of rightsOf(rule)) {
    // The paths of a rule are looked at one by one.
    const isCovered = limit.some(
      old,
      (one) => covers(one, right),
      (one) => 1 + one.nonResourceURLs.size,
    );
    if (!isCovered && !limit.take()) return undefined;
    if (!isCovered) result.push(right);
  }
  return result;
}

function* rightsOf({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: Rule): Generator<Right> {
  for (const verb of verbs) {
    for (const path of nonResourceURLs) yield { verb, path };
    for (const apiGroup of apiGroups) {
      for (const resource of resources) {
        if (resourceNames.size === 0) yield { verb, apiGroup, resource };
        for (const resourceName of resourceNames) yield { verb, apiGroup, resource, resourceName };
      }
    }
  }
}

function covers(rule: Rule, { verb, apiGroup, resource, resourceName, path }: Right): boolean {
  if (!rule.verbs.has('*') && !rule.verbs.has(verb)) return false;
  if (path !== undefined) return [...rule.nonResourceURLs].some((pattern) => coversPath(pattern, path));
  if (apiGroup === undefined || resource === undefined) return false;
  return (
    (rule.apiGroups.has('*') || rule.apiGroups.has(apiGroup)) &&
    coversResource(rule.resources, resource) &&
    (rule.resourceNames.size === 0 || (resourceName !== undefined && rule.resourceNames.has(resourceName)))
  );
}

/** All resources with a subresource can be named by it: such as every scale. */
function coversResource(resources: ReadonlySet<string>, resource: string): boolean {
  if (resources.has('*') || resources.has(resource)) return true;
  const slash = resource.indexOf('/');
  return slash >= 0 && resources.has(`*${resource.slice(slash)}`);
}

const coversPath = (pattern: string, path: string): boolean =>
  pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.slice(0, firstOfLastStars(pattern))));

function firstOfLastStars(pattern: string): number {
  let end = pattern.length;
  while (end > 0 && pattern[end - 1] === '*') end -= 1;
  return end;
}

function byVerbs(rule: Rule, granted: readonly Right[]): Change[] {
  if (granted.length === 0) return [];
  return changesOf(rule, [...new Set(granted.map(({ verb }) => verb))]);
}

/** Told by what the verbs are for: a rule has no name. */
function changesOf(rule: Rule, verbs: readonly string[]): Change[] {
  return verbs.length === 0 ? [] : [{ path: `$.rules[${scopeText(rule)}].verbs`, to: verbs }];
}

const MAX_NAMED = 5;
const MAX_TEXT_LENGTH = 80;

/** What a rule is about: `deployments.apps named web`, or paths. */
function scopeText({ apiGroups, resources, resourceNames, nonResourceURLs }: Rule): string {
  const groups = [...apiGroups].filter((group) => group !== '');
  const group = groups.length === 0 ? '' : `.${groups.length === 1 ? groups[0] : `(${some(groups)})`}`;
  const names = resourceNames.size === 0 ? '' : ` named ${some([...resourceNames])}`;
  const what = [...resources].map((resource) => `${resource}${group}`);
  return `${some([...what, ...nonResourceURLs])}${names}`;
}

/** Kept short, and without what would end a name in a path. */
const some = (texts: readonly string[]): string =>
  [...texts.slice(0, MAX_NAMED), ...(texts.length > MAX_NAMED ? ['…'] : [])]
    .map((text) => cut(text, MAX_TEXT_LENGTH).replaceAll(/[[\]']/g, ' '))
    .join(', ');
