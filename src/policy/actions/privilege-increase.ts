import type { Change } from '../decision.ts';
import { containerPairs, POD_BEARING, podBearingText, specOf, templatePairs } from '../pod-template.ts';
import type { Action } from './action.ts';
import { type Capabilities, capabilitiesOf, droppedByAll, gainedCapabilities } from './capabilities.ts';
import { ifAny } from './changes.ts';
import { type Container, containerGrants, gained, podGrants, type Template } from './pod-privileges.ts';
import { commonRestrictions, lost, lostUserNamespace, type Restrictions, restrictionsOf } from './pod-restrictions.ts';
import { POD } from './resources.ts';

/** Containers get more privileges. */
export const privilegeIncrease: Action = {
  name: 'PrivilegeIncrease',
  implies: [],
  summary:
    'Containers get more of their node than before: on create whatever they are given, on update what they had not, or what held them back and no longer does.',
  resources: { builtIn: POD_BEARING, custom: () => false, podBearing: true, text: podBearingText(POD_BEARING) },
  routes: [
    { operation: 'CREATE', subresource: '' },
    { operation: 'UPDATE', subresource: '' },
    { operation: 'UPDATE', subresource: 'ephemeralcontainers', only: POD },
  ],
  notes: [
    'What is given, by the controls of the Pod Security Standard "baseline": privileged, capabilities beyond the default ones, hostNetwork, hostPID, hostIPC, hostPath volumes, host ports, HostProcess of Windows, a seccomp or AppArmor profile of Unconfined (by annotation too), SELinux users, roles and types that are not of containers, an unmasked /proc, sysctls of the node, hosts of probes and lifecycle hooks. Beside these `runAsUser: 0` and `allowPrivilegeEscalation: true`.',
    'What holds back, by the controls of the standard "restricted": runAsNonRoot or a runAsUser, `allowPrivilegeEscalation: false`, a seccomp profile, dropped capabilities; and `hostUsers: false`.',
    'A new object that lacks what would hold it back gets no more than any other: that is no increase. A container that is added to a Pod or a template has to be held back as all those are that were there.',
    'Containers, init containers and ephemeral containers are compared by name, with what they inherit from the securityContext of the Pod.',
  ],
  unseen: [
    'Which profile of the node a seccomp or AppArmor profile of type Localhost is, how a container mounts a hostPath volume that the Pod already had, a runtime class, tolerations and the choice of the node: PodTemplateChange sees these.',
    'What a persistent volume or an inline CSI volume brings of the node, and what an image itself runs as.',
    'A namespace whose Pod Security label is loosened: LabelChange sees it.',
  ],
  detect: (event) => ifAny(once(templatePairs(event).flatMap(increases))),
};

function increases(template: Change): Change[] {
  const before: Template = { path: template.path, object: template.from };
  const after: Template = { path: template.path, object: template.to };
  if (after.object === undefined) return [];
  const pairs = containerPairs(specOf(template));
  const isAnyNew = pairs.some(({ from }) => from === undefined);
  const known = isAnyNew ? pairs.filter(({ from }) => from !== undefined) : [];
  const common = commonOf(known.map(({ path, from }) => heldOf({ path, object: from, template: before })));
  return [
    ...lostUserNamespace(before, after),
    ...gained(podGrants(before), podGrants(after)),
    ...pairs.flatMap(({ path, from, to }) => {
      if (to === undefined) return [];
      const isNew = from === undefined;
      const was: Container = { path, object: from, template: before };
      const is: Container = { path, object: to, template: after };
      const held = isNew ? common : heldOf(was);
      return [
        ...lost(held.restrictions, is, isNew),
        ...gainedCapabilities(`${path}.securityContext`, held.capabilities, capabilitiesOf(to)),
        ...gained(isNew ? new Map() : containerGrants(was), containerGrants(is)),
      ];
    }),
  ];
}

/** What holds a container back. */
interface Held {
  readonly restrictions: Restrictions;
  readonly capabilities: Capabilities;
}

const heldOf = (container: Container): Held => ({
  restrictions: restrictionsOf(container),
  capabilities: capabilitiesOf(container.object),
});

/** What holds back every container that was there: one of another name must not be a way around. */
const commonOf = (all: readonly Held[]): Held => ({
  restrictions: commonRestrictions(all.map(({ restrictions }) => restrictions)),
  capabilities: droppedByAll(all.map(({ capabilities }) => capabilities)),
});

/** Containers that inherit the same of their Pod tell of the same change. */
function once(changes: readonly Change[]): Change[] {
  const byPath = new Map<string, Change>();
  for (const change of changes) {
    if (!byPath.has(change.path)) byPath.set(change.path, change);
  }
  return [...byPath.values()];
}
