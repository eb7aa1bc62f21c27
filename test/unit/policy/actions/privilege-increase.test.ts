import { describe, expect, test } from 'vitest';
import { compiled, findingOf } from '../support/judge.ts';
import { captured, review, widgetUpdate } from '../support/reviews.ts';
import { changesOf, KINDS, podCreate, podUpdate, templateUpdate, told } from '../support/workloads.ts';

const SPEC = '$.spec.template.spec.';
const short = (changes: ReturnType<typeof changesOf>) => told(changes).map((line) => line.replace(SPEC, ''));
const onCreate = (spec: object) => short(changesOf('PrivilegeIncrease', podCreate(spec)));
const onUpdate = (from: object, to: object) => short(changesOf('PrivilegeIncrease', podUpdate(from, to)));

/** A Pod of one container, with what its securityContext and that of the Pod say. */
const web = (securityContext: object = {}, pod: object = {}, more: object = {}) => ({
  containers: [{ name: 'web', securityContext, ...more }],
  ...(Object.keys(pod).length > 0 && { securityContext: pod }),
});
const C = 'containers[web].securityContext';

const probe = (host: string) => web({}, {}, { livenessProbe: { httpGet: { host, port: 80 } } });
const hostPath = (path: string, name = 'v') => ({ ...web(), volumes: [{ name, hostPath: { path } }] });
const sysctl = (name: string, value = '1') => web({}, { sysctls: [{ name, value }] });
const port = (hostPort?: number) => web({}, {}, { ports: [{ containerPort: 80, protocol: 'TCP', hostPort }] });
const capabilities = (add: readonly string[] = [], drop: readonly string[] = []) =>
  web({ capabilities: { add, drop } });

/** What grants something, wherever it comes from. */
const GRANTS: readonly (readonly [string, object, string])[] = [
  ['privileged', web({ privileged: true }), `${C}.privileged nothing -> true`],
  ['escalation', web({ allowPrivilegeEscalation: true }), `${C}.allowPrivilegeEscalation nothing -> true`],
  ['an unmasked /proc', web({ procMount: 'Unmasked' }), `${C}.procMount nothing -> Unmasked`],
  ['root', web({ runAsUser: 0 }), `${C}.runAsUser nothing -> 0`],
  ['root by the Pod', web({}, { runAsUser: 0 }), 'securityContext.runAsUser nothing -> 0'],
  ['no seccomp', web({ seccompProfile: { type: 'Unconfined' } }), `${C}.seccompProfile.type nothing -> Unconfined`],
  [
    'no seccomp by the Pod',
    web({}, { seccompProfile: { type: 'Unconfined' } }),
    'securityContext.seccompProfile.type nothing -> Unconfined',
  ],
  ['no AppArmor', web({ appArmorProfile: { type: 'Unconfined' } }), `${C}.appArmorProfile.type nothing -> Unconfined`],
  ['an SELinux type', web({ seLinuxOptions: { type: 'spc_t' } }), `${C}.seLinuxOptions.type nothing -> spc_t`],
  [
    'an SELinux user',
    web({}, { seLinuxOptions: { user: 'sysadm_u' } }),
    'securityContext.seLinuxOptions.user nothing -> sysadm_u',
  ],
  ['an SELinux role', web({ seLinuxOptions: { role: 'sysadm_r' } }), `${C}.seLinuxOptions.role nothing -> sysadm_r`],
  [
    'a process of a Windows host',
    web({}, { windowsOptions: { hostProcess: true } }),
    'securityContext.windowsOptions.hostProcess nothing -> true',
  ],
  ['the network of the node', { ...web(), hostNetwork: true }, 'hostNetwork nothing -> true'],
  ['the processes of the node', { ...web(), hostPID: true }, 'hostPID nothing -> true'],
  ['the IPC of the node', { ...web(), hostIPC: true }, 'hostIPC nothing -> true'],
  ['a path of the node', hostPath('/etc'), 'volumes[v].hostPath.path nothing -> /etc'],
  ['a sysctl of the node', sysctl('kernel.msgmax'), 'securityContext.sysctls[kernel.msgmax].value nothing -> 1'],
  ['a port of the node', port(8080), 'containers[web].ports[80/TCP].hostPort nothing -> 8080'],
  ['a probe of another host', probe('10.0.0.1'), 'containers[web].livenessProbe.httpGet.host nothing -> 10.0.0.1'],
  ['a capability', capabilities(['SYS_ADMIN']), `${C}.capabilities.add nothing -> SYS_ADMIN`],
  ['a capability that not all runtimes give', capabilities(['NET_RAW']), `${C}.capabilities.add nothing -> NET_RAW`],
  [
    'a capability in lower case, with its prefix',
    capabilities(['cap_sys_admin']),
    `${C}.capabilities.add nothing -> SYS_ADMIN`,
  ],
  ['all capabilities', capabilities(['ALL']), `${C}.capabilities.add nothing -> ALL`],
  ['all capabilities but one', capabilities(['all'], ['SYS_ADMIN']), `${C}.capabilities.add nothing -> ALL`],
];

describe('what is given', () => {
  test.each(GRANTS)('%s: on create', (_name, spec, expected) => expect(onCreate(spec)).toEqual([expected]));
  test.each(GRANTS)('%s: on update', (_name, spec, expected) => expect(onUpdate(web(), spec)).toEqual([expected]));
  test.each(GRANTS)('%s: not where it was there', (_name, spec) => expect(onUpdate(spec, spec)).toEqual([]));
  test.each(GRANTS)('%s: not where it is taken away', (_name, spec) => expect(onUpdate(spec, web())).toEqual([]));
  test.each(GRANTS)('%s: in a container of another name', (_name, spec, expected) => {
    const renamed = JSON.parse(JSON.stringify(spec).replaceAll('"web"', '"web2"')) as object;
    const isOfContainer = expected.startsWith('containers') || expected.startsWith('securityContext');
    const isOfPod = expected.includes('sysctls');
    expect(onUpdate(spec, renamed)).toHaveLength(isOfContainer && !isOfPod ? 1 : 0);
  });

  test.each([
    ['nothing', web()],
    ['a container that could be held back and is not', { containers: [{ name: 'web' }] }],
    ['no escalation, no root', web({ allowPrivilegeEscalation: false, runAsNonRoot: true, runAsUser: 1000 })],
    ['words that mean the default', web({ privileged: false, procMount: 'Default', runAsNonRoot: false })],
    ['profiles', web({ seccompProfile: { type: 'Localhost' }, appArmorProfile: { type: 'RuntimeDefault' } })],
    ['the SELinux type of containers', web({ seLinuxOptions: { type: 'container_t', user: '', level: 's0:c1' } })],
    ['capabilities that containers have anyway', capabilities(['CHOWN', 'NET_BIND_SERVICE'])],
    ['a capability that is given and taken', capabilities(['SYS_ADMIN'], ['SYS_ADMIN'])],
    ['all capabilities given and taken', capabilities(['ALL'], ['ALL'])],
    ['a sysctl of the Pod', sysctl('net.ipv4.tcp_syncookies')],
    ['a port of no node', port(0)],
    ['a probe of the Pod itself', probe('')],
    ['a text in the place of true', { ...web({ privileged: 'true' }), hostNetwork: 'true' }],
    ['users of its own', { ...web(), hostUsers: false }],
  ])('%s is no increase', (_name, spec) => {
    expect(onCreate(spec)).toEqual([]);
    expect(onUpdate(web(), spec)).toEqual([]);
  });

  test('ports that follow from the network of the node are told once, by that', () => {
    const spec = (hostNetwork: boolean) => ({ ...port(hostNetwork ? 80 : undefined), hostNetwork });
    expect(onUpdate(spec(false), spec(true))).toEqual(['hostNetwork nothing -> true']);
  });

  test('another name for a volume of the same path is nothing new, and another path is', () => {
    expect(onUpdate(hostPath('/etc', 'a'), hostPath('/etc', 'b'))).toEqual([]);
    expect(onUpdate(hostPath('/etc'), hostPath('/'))).toEqual(['volumes[v].hostPath.path nothing -> /']);
  });

  test('another value of a sysctl is an increase', () => {
    expect(onUpdate(sysctl('kernel.msgmax'), sysctl('kernel.msgmax', '2'))).toEqual([
      'securityContext.sysctls[kernel.msgmax].value 1 -> 2',
    ]);
  });

  test.each([
    ['containers', web({ privileged: true })],
    ['initContainers', { initContainers: web({ privileged: true }).containers }],
    ['ephemeralContainers', { ephemeralContainers: web({ privileged: true }).containers }],
  ])('in %s', (list, spec) => {
    expect(onCreate(spec)).toEqual([`${list}[web].securityContext.privileged nothing -> true`]);
  });

  test('AppArmor that is switched off by the annotation of old', () => {
    const off = (value: string, securityContext: object = {}) => ({
      metadata: { annotations: { 'container.apparmor.security.beta.kubernetes.io/web': value } },
      spec: web(securityContext),
    });
    const path = "$.spec.template.metadata.annotations['container.apparmor.security.beta.kubernetes.io/web']";
    const changes = (to: object) => told(changesOf('PrivilegeIncrease', templateUpdate({ spec: web() }, to)));
    expect(changes(off('unconfined'))).toEqual([`${path} nothing -> unconfined`]);
    expect(changes(off('runtime/default'))).toEqual([]);
  });

  test.each(Object.keys(KINDS))('of %s', (kind) => {
    const privileged = web({ privileged: true });
    expect(changesOf('PrivilegeIncrease', podCreate(privileged, kind))).toHaveLength(1);
    expect(changesOf('PrivilegeIncrease', podUpdate(web(), privileged, kind))).toHaveLength(1);
  });

  test('of a custom resource, where a guardrail tells its template', () => {
    const of = (spec: object) => ({ spec: { pod: { spec } } });
    const update = widgetUpdate(of(web()), of(web({ privileged: true })));
    expect(changesOf('PrivilegeIncrease', update)).toBeUndefined();
    expect(told(changesOf('PrivilegeIncrease', update, '$.spec.pod'))).toEqual([
      `$.spec.pod.spec.${C}.privileged nothing -> true`,
    ]);
  });

  test('nothing is given by what goes', () => {
    const oldObject = { spec: { template: { spec: web({ privileged: true }) } } };
    expect(changesOf('PrivilegeIncrease', review({ operation: 'DELETE', oldObject }))).toBeUndefined();
  });
});

const RUNTIME_DEFAULT = { seccompProfile: { type: 'RuntimeDefault' } };

/** What held back, what no longer does, and how that is told. */
const LOSSES: readonly (readonly [string, object, object, readonly string[]])[] = [
  ['runAsNonRoot removed', web({ runAsNonRoot: true }), web(), [`${C}.runAsNonRoot true -> nothing`]],
  [
    'runAsNonRoot false',
    web({ runAsNonRoot: true }),
    web({ runAsNonRoot: false }),
    [`${C}.runAsNonRoot true -> false`],
  ],
  [
    'runAsNonRoot removed from the Pod',
    web({}, { runAsNonRoot: true }),
    web(),
    ['securityContext.runAsNonRoot true -> nothing'],
  ],
  [
    'runAsNonRoot overruled by the container',
    web({}, { runAsNonRoot: true }),
    web({ runAsNonRoot: false }, { runAsNonRoot: true }),
    [`${C}.runAsNonRoot true -> false`],
  ],
  ['a user removed', web({ runAsUser: 1000 }), web(), [`${C}.runAsUser 1000 -> nothing`]],
  ['a user that becomes root', web({ runAsUser: 1000 }), web({ runAsUser: 0 }), [`${C}.runAsUser 1000 -> 0`]],
  [
    'a user removed, and the Pod says root',
    web({ runAsUser: 1000 }, { runAsUser: 0 }),
    web({}, { runAsUser: 0 }),
    [`${C}.runAsUser 1000 -> nothing`, 'securityContext.runAsUser nothing -> 0'],
  ],
  [
    'escalation no longer refused',
    web({ allowPrivilegeEscalation: false }),
    web(),
    [`${C}.allowPrivilegeEscalation false -> nothing`],
  ],
  [
    'escalation allowed',
    web({ allowPrivilegeEscalation: false }),
    web({ allowPrivilegeEscalation: true }),
    [`${C}.allowPrivilegeEscalation false -> true`],
  ],
  ['seccomp removed', web(RUNTIME_DEFAULT), web(), [`${C}.seccompProfile.type RuntimeDefault -> nothing`]],
  [
    'seccomp removed from the Pod',
    web({}, RUNTIME_DEFAULT),
    web(),
    ['securityContext.seccompProfile.type RuntimeDefault -> nothing'],
  ],
  [
    'a dropped capability is back',
    capabilities([], ['CHOWN']),
    capabilities(),
    [`${C}.capabilities.drop CHOWN -> nothing`],
  ],
  ['all capabilities are back', capabilities([], ['ALL']), capabilities(), [`${C}.capabilities.drop ALL -> nothing`]],
  [
    'one of all is given',
    capabilities([], ['ALL']),
    capabilities(['CHOWN'], ['ALL']),
    [`${C}.capabilities.add nothing -> CHOWN`],
  ],
  [
    'one that was left out of all',
    capabilities(['ALL'], ['SYS_ADMIN']),
    capabilities(['ALL']),
    [`${C}.capabilities.add nothing -> ALL`],
  ],
  ['users of its own', { ...web(), hostUsers: false }, web(), ['hostUsers false -> nothing']],
  [
    'users of its own, by word',
    { ...web(), hostUsers: false },
    { ...web(), hostUsers: true },
    ['hostUsers false -> true'],
  ],
];

describe('what no longer holds back', () => {
  test.each(LOSSES)('%s', (_name, from, to, expected) => {
    expect(onUpdate(from, to)).toEqual(expected);
    expect(onUpdate(from, from)).toEqual([]);
  });

  test.each([
    [
      'from the container to the Pod',
      web({ runAsNonRoot: true, ...RUNTIME_DEFAULT }),
      web({}, { runAsNonRoot: true, ...RUNTIME_DEFAULT }),
    ],
    ['from the Pod to the container', web({}, { runAsNonRoot: true }), web({ runAsNonRoot: true })],
    ['by the other field', web({ runAsNonRoot: true }), web({ runAsUser: 1000 })],
    ['by another profile', web(RUNTIME_DEFAULT), web({ seccompProfile: { type: 'Localhost', localhostProfile: 'a' } })],
    ['by more names', capabilities([], ['CHOWN']), capabilities([], ['ALL'])],
  ])('it still does: %s', (_name, from, to) => expect(onUpdate(from, to)).toEqual([]));

  const HELD = {
    allowPrivilegeEscalation: false,
    runAsNonRoot: true,
    ...RUNTIME_DEFAULT,
    capabilities: { drop: ['ALL'] },
  };
  const pod = (...containers: readonly (readonly [string, object])[]) => ({
    containers: containers.map(([name, securityContext]) => ({ name, securityContext })),
  });

  test('a container of another name has to be held back as the one before it', () => {
    expect(onUpdate(pod(['web', HELD]), pod(['web2', {}]))).toEqual([
      'containers[web2].securityContext.runAsNonRoot true -> nothing',
      'containers[web2].securityContext.allowPrivilegeEscalation false -> nothing',
      'containers[web2].securityContext.seccompProfile.type RuntimeDefault -> nothing',
      'containers[web2].securityContext.capabilities.drop ALL -> nothing',
    ]);
    expect(onUpdate(pod(['web', HELD]), pod(['web', HELD], ['more', HELD]))).toEqual([]);
  });

  test('an added container has to be held back as all are, not as some', () => {
    const some = { runAsNonRoot: true };
    expect(onUpdate(pod(['a', HELD], ['b', some]), pod(['a', HELD], ['b', some], ['c', {}]))).toEqual([
      'containers[c].securityContext.runAsNonRoot true -> nothing',
    ]);
    expect(onUpdate(pod(['a', HELD], ['b', {}]), pod(['a', HELD], ['b', {}], ['c', {}]))).toEqual([]);
  });
});

describe('what people are told', () => {
  const message = (of: ReturnType<typeof captured>) =>
    findingOf(compiled({ actions: ['PrivilegeIncrease'] }), of)?.message;

  test.each([
    ['deployment-privileged', 'containers[web].securityContext.privileged true'],
    [
      'deployment-softened',
      'securityContext.runAsNonRoot true removed, containers[web].securityContext.allowPrivilegeEscalation false removed, containers[web].securityContext.capabilities.drop ALL removed',
    ],
    [
      'pod-create-with-power-over-the-node',
      'hostNetwork true, hostPID true, volumes[root].hostPath.path /, and 1 more',
    ],
    ['pod-image-ephemeral-container', 'securityContext.capabilities.add SYS_PTRACE'],
  ])('%s: %s', (name, expected) => expect(message(captured(name))).toContain(expected));

  test('the value of a sysctl is not shown', () => {
    const text = message(podUpdate(web(), sysctl('kernel.msgmax', 'hunter2-5ecret')));
    expect(text).toContain('sysctls[kernel.msgmax].value');
    expect(text).not.toContain('5ecret');
  });
});

test('thousands of containers are compared in no more time than they are long', { timeout: 60_000 }, () => {
  const spec = (name: string) => ({
    containers: [...Array(6000).keys()].map((index) => ({
      name: `${name}-${index}`,
      securityContext: { runAsNonRoot: true, capabilities: { drop: ['ALL'] } },
      ports: [{ containerPort: 80, hostPort: index }],
    })),
  });
  const start = process.cpuUsage();
  expect(changesOf('PrivilegeIncrease', podUpdate(spec('a'), spec('b')))).toHaveLength(5999);
  expect(process.cpuUsage(start).user / 1_000).toBeLessThan(2_000);
});
