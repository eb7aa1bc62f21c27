import type { Change } from '../decision.ts';
import { listAt, own, stringAt } from '../json.ts';
import { itemPairs, podBearingText, specOf, TEMPLATE_BEARING, updatedTemplatePairs } from '../pod-template.ts';
import type { Action } from './action.ts';
import { ifAny } from './changes.ts';

/** Pods get another service account. */
export const serviceAccountChange: Action = {
  name: 'ServiceAccountChange',
  implies: [],
  summary: 'The Pods of a template get another service account, or a token of theirs that they had not.',
  resources: {
    builtIn: TEMPLATE_BEARING,
    custom: () => false,
    podBearing: true,
    text: podBearingText(TEMPLATE_BEARING),
  },
  routes: [{ operation: 'UPDATE', subresource: '' }],
  notes: [
    'The deprecated field `serviceAccount` counts as well. Where neither is set, it is `default`.',
    'A token comes in where `automountServiceAccountToken: false` is removed or becomes true, or with a projected volume of it.',
    'A workload that is created with any service account is no change: guard Create with a condition on the field. The service account of a Pod is immutable.',
  ],
  unseen: [
    'A volume of a Secret that holds the token of a service account looks like any Secret: PodTemplateChange sees it.',
    'What a service account may do, and whether it mounts its token by itself, is told by other objects: RoleGrant and Update see these.',
  ],
  detect: (event) => ifAny(updatedTemplatePairs(event).map(specOf).flatMap(identityChanges)),
};

function identityChanges(spec: Change): Change[] {
  const { path, from, to } = spec;
  if (to === undefined) return [];
  const changes: Change[] = [];
  const [before, after] = [accountOf(from), accountOf(to)];
  if (before !== after) changes.push({ path: `${path}.serviceAccountName`, from: before, to: after });
  const [didMount, mounts] = [from, to].map((one) => own(one, 'automountServiceAccountToken'));
  if (didMount === false && mounts !== false) {
    changes.push({ path: `${path}.automountServiceAccountToken`, from: false, to: mounts });
  }
  return [...changes, ...itemPairs(spec, 'volumes').flatMap(tokenVolume)];
}

const accountOf = (spec: unknown): string =>
  textAt(spec, 'serviceAccountName') ?? textAt(spec, 'serviceAccount') ?? 'default';

/** An empty text is as good as none. */
const textAt = (spec: unknown, key: string): string | undefined => stringAt(spec, key) || undefined;

function tokenVolume({ path, from, to }: Change): Change[] {
  if (hasToken(from) || !hasToken(to)) return [];
  return [{ path: `${path}.projected.sources.serviceAccountToken`, to: true }];
}

const hasToken = (volume: unknown): boolean =>
  listAt(volume, 'projected', 'sources').some((source) => own(source, 'serviceAccountToken') !== undefined);
