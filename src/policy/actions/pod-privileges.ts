import type { Change } from '../decision.ts';
import { listAt, numberAt, own, ownAt, stringAt } from '../json.ts';

/** Something that a Pod or a container has of its node, and where it is written. */
export interface Grant {
  readonly path: string;
  readonly value: unknown;
}

/** Grants by a key of their own: what is there under the same key with the same value is nothing new. */
export type Grants = ReadonlyMap<string, Grant>;

/** A pod template, and where it stands. */
export interface Template {
  readonly path: string;
  readonly object: unknown;
}

/** A container with the template that it stands in. */
export interface Container {
  readonly path: string;
  readonly object: unknown;
  readonly template: Template;
}

const NAMESPACES_OF_HOST = ['hostNetwork', 'hostPID', 'hostIPC'] as const;

/** Sysctls that are kept apart between Pods. All others are the node's. */
const SAFE_SYSCTLS: ReadonlySet<string> = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
]);

/** What a Pod as a whole has of its node. */
export function podGrants({ path, object }: Template): Grants {
  const spec = own(object, 'spec');
  const grants = new Map<string, Grant>();
  for (const field of NAMESPACES_OF_HOST) {
    if (own(spec, field) === true) grants.set(field, { path: `${path}.spec.${field}`, value: true });
  }
  for (const volume of listAt(spec, 'volumes')) {
    const value = stringAt(volume, 'hostPath', 'path');
    const place = `${path}.spec.volumes[${stringAt(volume, 'name') ?? ''}].hostPath.path`;
    // By the path, not by the volume: another name for it is nothing new.
    if (value !== undefined) grants.set(`hostPath ${value}`, { path: place, value });
  }
  for (const sysctl of listAt(spec, 'securityContext', 'sysctls')) {
    const name = stringAt(sysctl, 'name') ?? '';
    if (SAFE_SYSCTLS.has(name)) continue;
    const place = `${path}.spec.securityContext.sysctls[${name}].value`;
    grants.set(`sysctl ${name}`, { path: place, value: own(sysctl, 'value') });
  }
  return grants;
}

/** A field of a securityContext that reaches beyond the container where it has certain values. */
interface GrantingField {
  /** Below the securityContext. */
  readonly keys: readonly string[];
  /** Whether a container without it has what its Pod says. */
  readonly isInherited: boolean;
  readonly is: (value: unknown) => boolean;
}

const isTrue = (value: unknown): boolean => value === true;
const isUnconfined = (value: unknown): boolean => value === 'Unconfined';
const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const SELINUX_TYPES_OF_CONTAINERS: ReadonlySet<unknown> = new Set([
  'container_t',
  'container_init_t',
  'container_kvm_t',
  'container_engine_t',
]);

const CONTAINER_GRANTS: readonly GrantingField[] = [
  { keys: ['privileged'], isInherited: false, is: isTrue },
  { keys: ['allowPrivilegeEscalation'], isInherited: false, is: isTrue },
  { keys: ['procMount'], isInherited: false, is: (value) => isText(value) && value !== 'Default' },
  { keys: ['runAsUser'], isInherited: true, is: (value) => value === 0 },
  { keys: ['seccompProfile', 'type'], isInherited: true, is: isUnconfined },
  { keys: ['appArmorProfile', 'type'], isInherited: true, is: isUnconfined },
  {
    keys: ['seLinuxOptions', 'type'],
    isInherited: true,
    is: (value) => isText(value) && !SELINUX_TYPES_OF_CONTAINERS.has(value),
  },
  { keys: ['seLinuxOptions', 'user'], isInherited: true, is: isText },
  { keys: ['seLinuxOptions', 'role'], isInherited: true, is: isText },
  { keys: ['windowsOptions', 'hostProcess'], isInherited: true, is: isTrue },
];

/** Where a probe or a hook names the host that the kubelet asks. */
const HOSTS: readonly (readonly string[])[] = [
  ['livenessProbe'],
  ['readinessProbe'],
  ['startupProbe'],
  ['lifecycle', 'postStart'],
  ['lifecycle', 'preStop'],
].flatMap((handler) => ['httpGet', 'tcpSocket'].map((request) => [...handler, request, 'host']));

/** How AppArmor was switched off before it had a field. */
const APPARMOR_ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/';

/** What a container has of its node, or of other hosts. */
export function containerGrants(container: Container): Grants {
  const { path, object, template } = container;
  const grants = new Map<string, Grant>();
  for (const { keys, isInherited, is } of hasContext(container) ? CONTAINER_GRANTS : []) {
    const found = securityOf(container, keys, isInherited);
    if (found !== undefined && is(found.value)) grants.set(keys.join('.'), found);
  }
  const annotation = `${APPARMOR_ANNOTATION}${stringAt(object, 'name') ?? ''}`;
  const value = stringAt(template.object, 'metadata', 'annotations', annotation);
  if (value === 'unconfined' && !grants.has('appArmorProfile.type')) {
    grants.set('appArmorProfile.type', { path: `${template.path}.metadata.annotations['${annotation}']`, value });
  }
  for (const keys of HOSTS) {
    const value = ownAt(object, keys);
    if (!isText(value)) continue;
    const place = keys.join('.');
    grants.set(place, { path: `${path}.${place}`, value });
  }
  // A Pod in the node's network has all of its ports there: the API server writes them in.
  return own(own(template.object, 'spec'), 'hostNetwork') === true ? grants : withHostPorts(container, grants);
}

function withHostPorts({ path, object }: Container, grants: Map<string, Grant>): Grants {
  for (const port of listAt(object, 'ports')) {
    const value = numberAt(port, 'hostPort') ?? 0;
    if (value === 0) continue;
    const protocol = stringAt(port, 'protocol') ?? 'TCP';
    const label = stringAt(port, 'name') ?? `${numberAt(port, 'containerPort') ?? value}/${protocol}`;
    grants.set(`hostPort ${value}/${protocol}`, { path: `${path}.ports[${label}].hostPort`, value });
  }
  return grants;
}

/** A field of a securityContext as it is for a container. */
export interface SecurityField {
  readonly path: string;
  readonly value: unknown;
  /** Below the securityContext. */
  readonly keys: readonly string[];
  /** Whether the Pod says it, and the container does not. */
  readonly isOfPod: boolean;
}

/** Whether a container or its Pod says anything of its security: most do not. */
export function hasContext({ object, template }: Container): boolean {
  return [object, own(template.object, 'spec')].some((one) => own(one, 'securityContext') !== undefined);
}

/** A field as a container has it: from itself, else from its Pod. An object of options is taken as a whole. */
export function securityOf(
  { path, object, template }: Container,
  keys: readonly string[],
  isInherited: boolean,
): SecurityField | undefined {
  const [first = ''] = keys;
  const isSetBy = (one: unknown) => ownAt(one, ['securityContext', first]) !== undefined;
  const isOfPod = isInherited && !isSetBy(object);
  const [place, owner] = isOfPod ? [`${template.path}.spec`, own(template.object, 'spec')] : [path, object];
  const value = ownAt(owner, ['securityContext', ...keys]);
  if (value === undefined) return undefined;
  return { path: [place, 'securityContext', ...keys].join('.'), value, keys, isOfPod };
}

/** The changes from some grants to others: those that are there in the one alone, or have another value there. */
export function gained(before: Grants, after: Grants): Change[] {
  return [...after].flatMap(([key, { path, value }]) => {
    const known = before.get(key);
    if (known !== undefined && known.value === value) return [];
    return [{ path, ...(known !== undefined && { from: known.value }), to: value }];
  });
}
