import type { ChangeCondition, WhenAlternative } from '../../api/v1alpha1.ts';
import { imageChange } from '../actions/image.ts';
import type { CompiledGuardrail } from '../compiled-guardrail.ts';
import { compileJsonPath } from '../json-path.ts';
import { rulesName } from '../match.ts';
import { POD_BEARING } from '../pod-template.ts';
import { parsePercentage } from '../when/threshold.ts';
import { hitIf, type LintHit, type LintRule, type LintSubject } from './lint-rule.ts';
import { namesUnknown } from './named-resources.ts';
import { areAll, comesByConnectingAlone, comesByCreationAlone } from './routes.ts';

/** Rules on `when`: conditions that no request can meet. */
export const CONDITION_RULES: readonly LintRule[] = [
  {
    rule: 'change-of-new-object',
    level: 'warning',
    summary: 'What is created is asked for a change from what was before.',
    find: (subject) =>
      ofChanges(
        subject,
        ({ type }) => comesByCreationAlone(subject.compiled) && type !== 'Added' && type !== 'Any',
        ({ type }) =>
          `an object that is created has nothing before, so that nothing is ever ${type}: use Added, or list Update`,
      ),
  },
  {
    rule: 'change-by-connection',
    level: 'warning',
    summary: 'A connection is asked for a change of the object.',
    find: (subject) =>
      ofChanges(
        subject,
        ({ path }) => path !== undefined && comesByConnectingAlone(subject.compiled),
        () => 'a connection changes nothing of the object, so that this never holds: use field',
      ),
  },
  {
    rule: 'decrease-of-all',
    level: 'warning',
    summary: 'More is asked to go than there is.',
    find: (subject) =>
      ofChanges(
        subject,
        isMoreThanAll,
        () => 'nothing can decrease by more than the 100% that are there: lower the threshold',
      ),
  },
  {
    rule: 'opposite-changes',
    level: 'warning',
    summary: 'One value is asked to go up and down at once.',
    find: ({ spec }) => {
      const changes = (spec.when ?? []).map(({ change }) => change);
      return changes.flatMap((change, index) => {
        const path = change?.path;
        if (change?.type !== 'Decreased' || path === undefined || path.includes('*')) return [];
        const isOpposed = changes.some((other) => other?.type === 'Increased' && other.path === path);
        return hitIf(
          isOpposed,
          `spec.when[${index}].change`,
          'all of when must hold, and no value goes up and down at once: use anyOf',
        );
      });
    },
  },
  {
    rule: 'object-not-sent',
    level: 'warning',
    summary: 'A condition reads an object that the request does not have.',
    find: (subject) =>
      alternatives(subject).flatMap(({ field, entry }) => {
        const side = entry.field?.in;
        const isOfEviction = entry.field !== undefined && keysOf(entry.field.path)[0] === EVICTION_OPTIONS;
        const isBody = (side === 'Object' && !isOfEviction) || side === 'OldObject';
        const why = isBody ? whyNotSent(subject.compiled, side) : undefined;
        return hitIf(why !== undefined, `${field}.field.in`, why ?? '');
      }),
  },
  {
    rule: 'options-of-connection',
    level: 'warning',
    summary: 'A condition looks for the Pod where the options of the connection are.',
    find: (subject) =>
      alternatives(subject).flatMap(({ field, entry }) => {
        if (entry.field?.in !== 'Object' || !comesByConnectingAlone(subject.compiled)) return [];
        const [first = ''] = keysOf(entry.field.path);
        return hitIf(
          ['metadata', 'spec', 'status'].includes(first),
          `${field}.field.path`,
          `of a connection Object has the options, such as $.container and $.command, and no ${first}: read in Target`,
        );
      }),
  },
  {
    rule: 'path-without-spec',
    level: 'warning',
    summary: 'A path begins below spec or metadata.',
    find: (subject) => {
      const { resources = [] } = subject.spec.match;
      if (
        resources.some(
          (rule) => namesUnknown(rule) || rule.apiGroups.includes('*') || rule.resources.includes('podtemplates'),
        )
      )
        return [];
      return paths(subject).flatMap(({ field, path }) => {
        const [first = ''] = keysOf(path);
        const above = ABOVE.get(first);
        return hitIf(
          above !== undefined,
          field,
          `no built-in kind has ${first} at the top: it may mean $.${above}.${first}`,
        );
      });
    },
  },
  {
    rule: 'images-without-pods',
    level: 'warning',
    summary: 'Images are asked of actions, or of kinds, that bring none.',
    find: (subject) =>
      alternatives(subject).flatMap(({ field, entry }) =>
        hitIf(
          entry.images !== undefined && !canBringImages(subject),
          `${field}.images`,
          'the listed actions bring no image into the listed resources, so that this never holds: list ImageChange, and kinds that bear Pods',
        ),
      ),
  },
];

interface PlacedEntry {
  readonly field: string;
  readonly entry: WhenAlternative;
}

/** All conditions, those of anyOf among them. */
function alternatives({ spec }: LintSubject): PlacedEntry[] {
  return (spec.when ?? []).flatMap((entry, index) => {
    const field = `spec.when[${index}]`;
    const inner = entry.anyOf ?? [];
    return [{ field, entry }, ...inner.map((one, place) => ({ field: `${field}.anyOf[${place}]`, entry: one }))];
  });
}

function ofChanges(
  subject: LintSubject,
  isWrong: (change: ChangeCondition) => boolean,
  message: (change: ChangeCondition) => string,
): LintHit[] {
  return alternatives(subject).flatMap(({ field, entry: { change } }) =>
    change !== undefined && isWrong(change) ? [{ field: `${field}.change`, message: message(change) }] : [],
  );
}

const WHOLE = 100n * 1_000_000_000n;

/** What is counted is never negative. */
function isMoreThanAll({ type, byMoreThan, byAtLeast }: ChangeCondition): boolean {
  if (type !== 'Decreased') return false;
  const above = parsePercentage(byMoreThan);
  const least = parsePercentage(byAtLeast);
  return (above !== undefined && above >= WHOLE) || (least !== undefined && least > WHOLE);
}

/** What an Eviction, by which a Pod is deleted too, submits. */
const EVICTION_OPTIONS = 'deleteOptions';

/** Why a side is never there. An update can be a Delete too, but what people mean by it is a DELETE. */
function whyNotSent(compiled: CompiledGuardrail, side: 'Object' | 'OldObject'): string | undefined {
  if (side === 'Object' && areAll(compiled, 'Delete')) {
    return 'a DELETE submits no object: read in Target or OldObject';
  }
  if (side === 'OldObject' && comesByCreationAlone(compiled)) {
    return 'an object that is created has nothing before: read in Target or Object';
  }
  if (side === 'OldObject' && comesByConnectingAlone(compiled)) return 'a connection has no old object: read in Target';
  return undefined;
}

const keysOf = (path: string): readonly string[] => compileJsonPath(path).keys;

/** What people write without what it stands below. No built-in kind but PodTemplate has any of these at the top. */
const ABOVE: ReadonlyMap<string, string> = new Map([
  ...['labels', 'annotations', 'finalizers', 'ownerReferences', 'name', 'namespace'].map(
    (key) => [key, 'metadata'] as const,
  ),
  ...['replicas', 'containers', 'initContainers', 'volumes', 'template', 'selector', 'strategy', 'hostNetwork'].map(
    (key) => [key, 'spec'] as const,
  ),
]);

interface PlacedPath {
  readonly field: string;
  readonly path: string;
}

/** The paths that are read in an object of the resource itself. */
function paths(subject: LintSubject): PlacedPath[] {
  const isBody = !comesByConnectingAlone(subject.compiled);
  return alternatives(subject).flatMap(({ field, entry: { change, field: condition, changesOutside = [] } }) => {
    const where = condition?.in ?? 'Target';
    const isOfObject = where === 'Target' || (isBody && (where === 'Object' || where === 'OldObject'));
    return [
      ...(change?.path === undefined ? [] : [{ field: `${field}.change.path`, path: change.path }]),
      ...(condition !== undefined && isOfObject ? [{ field: `${field}.field.path`, path: condition.path }] : []),
      ...changesOutside.map((path, index) => ({ field: `${field}.changesOutside[${index}]`, path })),
    ];
  });
}

function canBringImages({ spec, compiled }: LintSubject): boolean {
  const { resources } = spec.match;
  const bearsPods =
    resources === undefined ||
    resources.some(({ podTemplatePath }) => podTemplatePath !== undefined) ||
    POD_BEARING.some((resource) => rulesName(resources, resource));
  return (
    bearsPods &&
    compiled.scope.actions.some(
      ({ resources: of, routes }) =>
        isByImages(routes) && (of === 'any' || of.podBearing === true || of.builtIn.some(isPodBearing)),
    )
  );
}

const isPodBearing = (one: { readonly group: string; readonly resource: string }): boolean =>
  POD_BEARING.some(({ group, resource }) => group === one.group && resource === one.resource);

/** Whether an action comes by a way by which images come. */
const isByImages = (routes: CompiledGuardrail['scope']['actions'][number]['routes']): boolean =>
  routes.some((route) =>
    imageChange.routes.some(
      ({ operation, subresource }) => operation === route.operation && subresource === route.subresource,
    ),
  );
