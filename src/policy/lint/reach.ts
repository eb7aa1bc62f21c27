import { allCovered } from './glob-cover.ts';
import { hitIf, type LintRule } from './lint-rule.ts';
import { isClusterScoped, namedResources, namesUnknown, resourcesOfActions } from './named-resources.ts';
import { routesOf } from './routes.ts';

/** Rules on actions, resources and namespaces: what never meets, and what meets more than it looks. */
export const REACH_RULES: readonly LintRule[] = [
  {
    rule: 'resource-without-action',
    level: 'warning',
    summary: 'No listed action can happen to a listed resource.',
    find: ({ spec, compiled }) =>
      namedResources(spec.match.resources ?? []).flatMap(({ field, rule, resource, all }) => {
        if (namesUnknown(rule)) return [];
        const happens = compiled.scope.actions.some(
          ({ resources }) =>
            resources === 'any' ||
            all.some((one) =>
              resources.builtIn.some((known) => known.group === one.group && known.resource === one.resource),
            ),
        );
        return hitIf(
          !happens,
          field,
          `none of the listed actions can happen to ${resource}: leave it away, or list an action that can`,
        );
      }),
  },
  {
    rule: 'action-without-resource',
    level: 'warning',
    summary: 'A listed action can happen to none of the listed resources.',
    find: ({ spec, compiled }) => {
      const { actions, resources = [] } = spec.match;
      const named = namedResources(resources);
      const hasWildcard = resources.some((rule) => rule.resources.includes('*') || rule.apiGroups.includes('*'));
      if (named.length === 0 || hasWildcard || resources.some(namesUnknown)) return [];
      return actions.flatMap((name, index) => {
        const action = compiled.scope.actions.find((one) => one.name === name);
        if (action === undefined || action.resources === 'any') return [];
        const { builtIn, text } = action.resources;
        const happens = named.some(({ all }) =>
          all.some((one) => builtIn.some((known) => known.group === one.group && known.resource === one.resource)),
        );
        return hitIf(
          !happens,
          `spec.match.actions[${index}]`,
          `${name} can happen to none of the listed resources, only to ${text}`,
        );
      });
    },
  },
  {
    rule: 'status-without-update',
    level: 'warning',
    summary: 'includeStatus is set, and no listed action reads it.',
    find: ({ spec, compiled }) =>
      hitIf(
        spec.match.includeStatus === true && !routesOf(compiled).some(({ onlyWithStatus }) => onlyWithStatus),
        'spec.match.includeStatus',
        'it changes nothing without the action Update: list Update, or leave it away',
      ),
  },
  {
    rule: 'namespaces-excluded',
    level: 'warning',
    summary: 'Every included namespace is excluded.',
    find: ({ spec }) => {
      const { include = ['*'], exclude = [] } = spec.match.namespaces ?? {};
      return hitIf(
        allCovered(include, exclude),
        'spec.match.namespaces',
        'every namespace that is included is excluded, so that nothing is ever judged',
      );
    },
  },
  {
    rule: 'cluster-scoped',
    level: 'warning',
    summary: 'Namespaces are asked for, of objects that are in none.',
    find: ({ spec, compiled }) => {
      const { namespaces, namespaceSelector, resources } = spec.match;
      if (namespaces === undefined && namespaceSelector === undefined) return [];
      const by = namespaces === undefined ? 'namespaceSelector' : 'namespaces';
      const message = (names: string) =>
        `${names} is in no namespace, so that it is never judged where spec.match.${by} is set: give it a guardrail of its own`;
      if (resources === undefined) {
        const all = resourcesOfActions(compiled);
        const names = [...new Set(all.map(({ resource }) => resource))].join(', ');
        return hitIf(all.length > 0 && all.every(isClusterScoped), `spec.match.${by}`, message(names));
      }
      return namedResources(resources)
        .filter(({ all }) => all.every(isClusterScoped))
        .map(({ field, resource }) => ({ field, message: message(resource) }));
    },
  },
  {
    rule: 'wide-fail-closed',
    level: 'warning',
    summary: 'While the operator is away, writes of every kind and in every namespace are refused.',
    find: ({ spec, compiled }) => {
      const { resources = [], namespaces, namespaceSelector } = spec.match;
      const index = resources.findIndex((rule) => rule.apiGroups.includes('*') && rule.resources.includes('*'));
      const isLimited = namespaces !== undefined || namespaceSelector !== undefined;
      const isWide = compiled.scope.actions.some((action) => action.resources === 'any');
      return hitIf(
        index >= 0 && !isLimited && isWide && compiled.scope.failurePolicy === 'Fail',
        `spec.match.resources[${index}]`,
        'with failurePolicy Fail every such write in the cluster waits for the operator: list resources or namespaces, or set failurePolicy to Ignore',
      );
    },
  },
  {
    rule: 'delete-by-owner',
    level: 'info',
    summary: 'Delete is denied, and a way to have the garbage collector do it is not.',
    find: ({ spec }) => {
      const { actions } = spec.match;
      return hitIf(
        spec.enforcement === 'Deny' && actions.includes('Delete') && !actions.includes('OwnerChange'),
        `spec.match.actions[${actions.indexOf('Delete')}]`,
        'who gives an object an owner that does not exist has the garbage collector delete it: list OwnerChange beside Delete',
      );
    },
  },
];
