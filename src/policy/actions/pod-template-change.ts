import type { Change } from '../decision.ts';
import { diff, differs } from '../diff.ts';
import { isObject, own, ownAt } from '../json.ts';
import { podBearingText, TEMPLATE_BEARING, updatedTemplatePairs } from '../pod-template.ts';
import type { Action, ActionEvent, ResourceSet, Route } from './action.ts';
import { ifAny } from './changes.ts';

const resources: ResourceSet = {
  builtIn: TEMPLATE_BEARING,
  custom: () => false,
  podBearing: true,
  text: podBearingText(TEMPLATE_BEARING),
};

const routes: readonly Route[] = [{ operation: 'UPDATE', subresource: '' }];

/** Anything in a pod template changes. */
export const podTemplateChange: Action = {
  name: 'PodTemplateChange',
  implies: ['Update'],
  summary: 'Anything in a pod template changes: its metadata or its spec.',
  resources,
  routes,
  notes: [
    'Another order of containers, variables or volumes is a change too: controllers compare templates as they are, so all Pods are replaced.',
  ],
  unseen: [
    'A Pod has no template: what an update can do to one is ImageChange, ResourceChange, LabelChange and the like.',
    'The data of a ControllerRevision is immutable: what a StatefulSet or DaemonSet is rolled back to comes by Create. The rollback itself is a change of its template.',
  ],
  detect: (event) => ifAny(changedTemplates(event).flatMap(({ path, from, to }) => changesOf(path, from, to))),
};

/** Only the restart annotation changes. */
export const restart: Action = {
  name: 'Restart',
  implies: ['PodTemplateChange', 'Update'],
  summary: 'Nothing in a pod template changes but the annotation by which kubectl rollout restart replaces all Pods.',
  resources,
  routes,
  notes: [],
  unseen: [
    'Any other change of the template replaces the Pods as well: PodTemplateChange sees both.',
    'Pods that are deleted or evicted so that they start anew are Delete and Evict.',
  ],
  detect: (event) => {
    const changed = changedTemplates(event);
    if (changed.some(({ from, to }) => changesOf('$', withoutRestart(from), withoutRestart(to), 1).length > 0)) {
      return undefined;
    }
    return ifAny(
      changed
        .map(({ path, from, to }) => ({
          path: `${path}.metadata.annotations['${RESTARTED_AT}']`,
          from: ownAt(from, ANNOTATION),
          to: ownAt(to, ANNOTATION),
        }))
        .filter(({ from, to }) => differs(from, to)),
    );
  },
};

const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';
const ANNOTATION = ['metadata', 'annotations', RESTARTED_AT];

const changesOf = (path: string, from: unknown, to: unknown, limit?: number): Change[] =>
  diff(from, to, path, { ordered: true, ...(limit !== undefined && { limit }) });

const changedTemplates = (event: ActionEvent): readonly Change[] =>
  updatedTemplatePairs(event).filter(({ from, to }) => changesOf('$', from, to, 1).length > 0);

/** A template without the annotation, and without what held nothing else. */
function withoutRestart(template: unknown): unknown {
  const metadata = own(template, 'metadata');
  if (!isObject(template)) return template;
  return without({ ...template, metadata: trimmed(metadata) });
}

const trimmed = (metadata: unknown): unknown => {
  if (!isObject(metadata)) return metadata;
  const annotations = own(metadata, 'annotations');
  const rest = isObject(annotations) ? without({ ...annotations, [RESTARTED_AT]: undefined }) : annotations;
  return without({ ...metadata, annotations: rest });
};

/** Without the keys that are not set; undefined if none is left. */
function without(object: { readonly [key: string]: unknown }): unknown {
  const set = Object.entries(object).filter(([, value]) => value !== undefined && value !== null);
  return set.length === 0 ? undefined : Object.fromEntries(set);
}
