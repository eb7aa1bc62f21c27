import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ControlPlane, startControlPlane } from '../../src/sandbox/control-plane.ts';
import { type CliEnvironment, guardrails, type RunningCli, startGuardrails } from './support/cli.ts';
import { kubectl, kubectlOk, runToEnd } from './support/kubectl.ts';
import { eventually } from './support/poll.ts';
import { processesWith } from './support/processes.ts';

/** A folder for all that one test's sandboxes write: that nothing is left of them can then be seen. */
function isolate() {
  const root = mkdtempSync(join(tmpdir(), 'sandbox-test-'));
  const temporary = join(root, 'tmp');
  mkdirSync(temporary);
  const env: CliEnvironment = { ...process.env, TMPDIR: temporary, XDG_STATE_HOME: join(root, 'state') };
  return { root, temporary, env };
}

type Isolated = ReturnType<typeof isolate>;

const remains = ({ temporary, env }: Isolated) => ({
  processes: [...processesWith(temporary).values()],
  folders: readdirSync(temporary),
  states: readStates(env),
});

const NOTHING = { processes: [], folders: [], states: [] };

function readStates(env: CliEnvironment): string[] {
  const directory = join(env.XDG_STATE_HOME ?? '', 'kube-guardrails', 'sandbox');
  return existsSync(directory) ? readdirSync(directory).filter((file) => file.endsWith('.json')) : [];
}

const expectNothingLeft = (isolated: Isolated, timeoutMs = 10_000): Promise<unknown> =>
  eventually(
    () => {
      expect(remains(isolated)).toEqual(NOTHING);
      return true;
    },
    { timeoutMs, message: 'nothing is left of the sandbox' },
  );

describe('a control plane', () => {
  const isolated = isolate();
  let controlPlane: ControlPlane;
  let stop = async (): Promise<void> => {};

  beforeAll(async () => {
    controlPlane = await startControlPlane({ env: isolated.env, auditLog: 'RequestResponse' });
    stop = () => controlPlane.stop();
  });
  afterAll(async () => {
    await stop();
    rmSync(isolated.root, { recursive: true, force: true });
  });

  const asAdmin = (args: readonly string[], options = {}) =>
    kubectlOk(controlPlane, controlPlane.adminKubeconfig, args, options);

  test('a user of a kubeconfig is seen with exactly that name and those groups', async () => {
    const alice = await controlPlane.kubeconfig({ user: 'alice, O=system:masters', groups: ['dev', 'système'] });
    const review = JSON.parse(await kubectlOk(controlPlane, alice, ['auth', 'whoami', '-o', 'json']));
    expect(review.status.userInfo).toMatchObject({
      username: 'alice, O=system:masters',
      groups: ['dev', 'système', 'system:authenticated'],
    });
  });

  test('RBAC denies a user what nobody granted', async () => {
    const alice = await controlPlane.kubeconfig({ user: 'alice', groups: ['dev'] });
    const { code, stderr } = await kubectl(controlPlane, alice, ['get', 'pods']);
    expect(code).toBe(1);
    expect(stderr).toContain('User "alice" cannot list resource "pods"');
  });

  test('RBAC lets a group do what was granted to it', async () => {
    await asAdmin(['create', 'rolebinding', 'readers', '--clusterrole=view', '--group=readers']);
    const carol = await controlPlane.kubeconfig({ user: 'carol', groups: ['readers'] });
    await eventually(async () => (await kubectl(controlPlane, carol, ['get', 'pods'])).code === 0, {
      message: 'the role binding is in force',
    });
  });

  test('a ServiceAccount is itself by its token', async () => {
    await asAdmin(['create', 'serviceaccount', 'robot']);
    const robot = await controlPlane.serviceAccountKubeconfig({ namespace: 'default', name: 'robot' });
    const review = JSON.parse(await kubectlOk(controlPlane, robot, ['auth', 'whoami', '-o', 'json']));
    expect(review.status.userInfo.username).toBe('system:serviceaccount:default:robot');
  });

  test('a token of a ServiceAccount that is not there is refused with the reason', async () => {
    await expect(controlPlane.serviceAccountKubeconfig({ namespace: 'default', name: 'ghost' })).rejects.toThrow(
      /no token for ServiceAccount default\/ghost: 404 .*not found/,
    );
  });

  test('the controllers work: a deployment gets its replica set and its pods', async () => {
    await asAdmin(['create', 'deployment', 'web', '--image=example.org/web', '--replicas=2']);
    const pods = await eventually(
      async () => {
        const names = (await asAdmin(['get', 'pods', '-l', 'app=web', '-o', 'name'])).trim().split('\n');
        return names.length === 2 && names;
      },
      { message: 'two pods' },
    );
    expect(pods).toHaveLength(2);
  });

  test('the audit log has each request with its user and its body', async () => {
    const bob = await controlPlane.kubeconfig({ user: 'bob', groups: ['system:masters'] });
    await kubectlOk(controlPlane, bob, ['create', 'configmap', 'of-bob', '--from-literal=a=b']);
    const event = await eventually(
      () =>
        readFileSync(controlPlane.auditLogFile ?? '', 'utf8')
          .split('\n')
          .filter((line) => line.includes('"username":"bob"') && line.includes('"verb":"create"'))
          .map((line) => JSON.parse(line))
          .find(({ objectRef }) => objectRef.resource === 'configmaps'),
      { message: "bob's request is in the audit log" },
    );
    expect(event).toMatchObject({
      level: 'RequestResponse',
      responseStatus: { code: 201 },
      requestObject: { data: { a: 'b' } },
    });
  });

  test('kube-apiserver comes back on the same port with its data after it was killed', async () => {
    await asAdmin(['create', 'configmap', 'kept', '--from-literal=a=b']);
    await controlPlane.killApiServer();
    expect((await kubectl(controlPlane, controlPlane.adminKubeconfig, ['get', 'configmaps'])).code).not.toBe(0);
    await controlPlane.startApiServer();
    expect(await asAdmin(['get', 'configmap', 'kept', '-o', 'jsonpath={.data.a}'])).toBe('b');
  });

  test('a watch from before a compaction gets 410 once kube-apiserver was restarted', async () => {
    await asAdmin(['create', 'configmap', 'old']);
    const version = await asAdmin(['get', 'configmap', 'old', '-o', 'jsonpath={.metadata.resourceVersion}']);
    await asAdmin(['annotate', 'configmap', 'old', 'a=b']);
    await controlPlane.compact();
    await controlPlane.killApiServer();
    await controlPlane.startApiServer();
    const watch = `/api/v1/namespaces/default/configmaps?watch=1&timeoutSeconds=2&resourceVersion=${version}`;
    const { stdout, stderr } = await kubectl(controlPlane, controlPlane.adminKubeconfig, ['get', '--raw', watch]);
    expect(stdout + stderr).toMatch(/too old resource version|"code":410/);
  });

  test("etcd doesn't let a user of kube-apiserver in", async () => {
    const admin = JSON.parse(await asAdmin(['config', 'view', '--raw', '--flatten', '-o', 'json'])).users[0].user;
    const etcd = [...processesWith(controlPlane.directory).values()]
      .map((line) => /--listen-client-urls=(\S+)/.exec(line)?.[1])
      .find((url) => url !== undefined);
    const files = { cert: join(isolated.root, 'admin.crt'), key: join(isolated.root, 'admin.key') };
    writeFileSync(files.cert, Buffer.from(admin['client-certificate-data'], 'base64'));
    writeFileSync(files.key, Buffer.from(admin['client-key-data'], 'base64'));
    const script = `
      const { readFileSync } = require('node:fs');
      const [url, cert, key] = process.argv.slice(1);
      const options = { rejectUnauthorized: false, cert: readFileSync(cert), key: readFileSync(key) };
      require('node:https').get(url + '/health', options, (r) => console.log('let in', r.statusCode))
        .on('error', () => console.log('refused'));`;
    const { stdout } = await runToEnd(process.execPath, ['-e', script, etcd ?? '', files.cert, files.key]);
    expect(stdout.trim()).toBe('refused');
  });
});

describe('the end of a control plane', () => {
  let isolated: Isolated;
  let running: RunningCli[];

  beforeEach(() => {
    isolated = isolate();
    running = [];
  });
  afterEach(async () => {
    for (const { process: child, ended } of running) {
      child.kill('SIGKILL');
      await ended;
    }
    await expectNothingLeft(isolated);
    rmSync(isolated.root, { recursive: true, force: true });
  });

  function start(...flags: string[]): RunningCli {
    const cli = startGuardrails(['sandbox', 'up', ...flags], isolated.env);
    running.push(cli);
    return cli;
  }

  const isUp = (cli: RunningCli) =>
    eventually(() => cli.output.stdout.includes('is up') && cli.output.stdout.includes('To stop it'), {
      timeoutMs: 40_000,
      message: `the sandbox is up (${cli.output.stderr})`,
    });

  // The bound is for a machine that does nothing else: the best of three counts.
  test('it starts in 10 s from cached binaries, stops in 5 s, and leaves nothing', { retry: 2 }, async () => {
    const began = performance.now();
    const controlPlane = await startControlPlane({ env: isolated.env });
    const ready = performance.now();
    await controlPlane.stop();
    expect(remains(isolated)).toEqual(NOTHING);
    expect(performance.now() - ready).toBeLessThan(5_000);
    expect(ready - began).toBeLessThan(10_000);
    await expect(controlPlane.compact()).rejects.toThrow();
    await controlPlane.stop();
  });

  test('a start that is interrupted leaves nothing', async () => {
    const interrupted = new AbortController();
    const starting = startControlPlane({ env: isolated.env, signal: interrupted.signal });
    starting.catch(() => {});
    await eventually(() => [...processesWith(isolated.temporary).values()].some((line) => line.includes('apiserver')), {
      message: 'kube-apiserver is being started',
    });
    interrupted.abort(new Error('enough'));
    await expect(starting).rejects.toThrow('enough');
    expect(remains(isolated)).toEqual(NOTHING);
  });

  test('a folder that is not there is named', async () => {
    const dataDirectory = join(isolated.root, 'absent');
    await expect(startControlPlane({ env: isolated.env, dataDirectory })).rejects.toThrow(
      /^the sandbox's supervisor could not start: ENOENT: .*absent/,
    );
  });

  test('a component that cannot start is named with the end of its log, and nothing is left', async () => {
    const assets = join(isolated.root, 'assets');
    mkdirSync(assets);
    for (const name of ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl']) {
      const script =
        '#!/bin/sh\n[ "$1" = --version ] && echo Kubernetes v1.36.3 && exit\necho "no disk, no data" >&2\nexit 7\n';
      writeFileSync(join(assets, name), script, { mode: 0o755 });
    }
    await expect(startControlPlane({ env: { ...isolated.env, KUBEBUILDER_ASSETS: assets } })).rejects.toThrow(
      /^etcd ended \(code 7\) before it was ready\nno disk, no data$/,
    );
    expect(remains(isolated)).toEqual(NOTHING);
  });

  test('Ctrl-C on "sandbox up" stops it in order', async () => {
    const cli = startGuardrails(['sandbox', 'up'], isolated.env, { ownGroup: true });
    running.push(cli);
    await isUp(cli);
    // A terminal sends it to the whole process group, not to one process.
    process.kill(-(cli.process.pid ?? 0), 'SIGINT');
    expect(await cli.ended).toBe(0);
    expect(cli.output.stderr).toContain('sandbox "default" was stopped and removed');
    expect(remains(isolated)).toEqual(NOTHING);
  });

  test('Ctrl-C in the middle of the start ends that, and says so', async () => {
    const cli = start();
    await eventually(() => [...processesWith(isolated.temporary).values()].some((line) => line.includes('apiserver')), {
      message: 'kube-apiserver is being started',
    });
    cli.process.kill('SIGINT');
    expect(await cli.ended).toBe(3);
    expect(cli.output.stderr).toContain('sandbox "default" was interrupted before it was up; nothing of it is left');
    expect(remains(isolated)).toEqual(NOTHING);
  });

  test('SIGKILL of the parent leaves nothing', async () => {
    const cli = start();
    await isUp(cli);
    cli.process.kill('SIGKILL');
    expect(await cli.ended).toBe('SIGKILL');
    await expectNothingLeft(isolated);
  });

  test('SIGKILL of the parent in the middle of the start leaves nothing', async () => {
    const cli = start();
    await eventually(() => [...processesWith(isolated.temporary).values()].some((line) => line.includes('apiserver')), {
      message: 'kube-apiserver is being started',
    });
    cli.process.kill('SIGKILL');
    await expectNothingLeft(isolated);
  });

  test('SIGKILL of the supervisor ends its children and the parent, which says so', async () => {
    const cli = start();
    await isUp(cli);
    const [supervisor] = [...processesWith(isolated.temporary)].filter(([, line]) => line.includes('supervisor.js'));
    process.kill(supervisor?.[0] ?? 0, 'SIGKILL');
    expect(await cli.ended).toBe(3);
    expect(cli.output.stderr).toContain('sandbox "default" was killed and removed');
    await expectNothingLeft(isolated);
  });

  test('of two "sandbox up" at once one is up, and the other says so', async () => {
    const both = [start(), start()];
    const loser = await Promise.race(both.map(async (cli) => ((await cli.ended) === 2 ? cli : Promise.reject(cli))));
    expect(loser.output.stderr).toContain('sandbox "default" is already up');
    const winner = both.find((cli) => cli !== loser);
    expect(winner?.output.stdout).toContain('Sandbox "default" is up');
    winner?.process.kill('SIGTERM');
    expect(await winner?.ended).toBe(0);
  });

  test('two sandboxes of different names do not meet', async () => {
    const both = [start('--name', 'one'), start('--name', 'two')];
    await Promise.all(both.map(isUp));
    const { stdout, code } = await guardrails(['sandbox', 'status', '-o', 'json'], isolated.env);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([
      { name: 'one', status: 'Ready' },
      { name: 'two', status: 'Ready' },
    ]);
    expect((await guardrails(['sandbox', 'down', '--name', 'one'], isolated.env)).code).toBe(0);
    expect(await both[0]?.ended).toBe(0);
    expect((await guardrails(['sandbox', 'status', '--name', 'two'], isolated.env)).code).toBe(0);
  });
});

describe('the command line', () => {
  const isolated = isolate();
  const sandbox = (...args: string[]) => guardrails(['sandbox', ...args], isolated.env);

  afterAll(async () => {
    await sandbox('down');
    rmSync(isolated.root, { recursive: true, force: true });
  });

  test('says that none is up, and what to do', async () => {
    expect(await sandbox('status')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('sandbox up'),
    });
    expect(await sandbox('down')).toMatchObject({ code: 0, stderr: expect.stringContaining('nothing to do') });
    expect(await sandbox('kubeconfig')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('not up'),
    });
  });

  test('starts a detached sandbox, describes it, gives it users, and stops it', async () => {
    const up = await sandbox('up', '--detach', '--audit-log', 'Metadata', '--data-dir', isolated.temporary);
    expect(up).toMatchObject({ code: 0, stdout: expect.stringContaining('export KUBECONFIG=') });

    const again = await sandbox('up', '--detach');
    expect(again).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('already up') });

    const table = await sandbox('status');
    expect(table).toMatchObject({ code: 0, stdout: expect.stringMatching(/^NAME +STATUS .*\ndefault +Ready .*\n$/) });
    const [described] = JSON.parse((await sandbox('status', '-o', 'json')).stdout);
    expect(described).toMatchObject({ name: 'default', kubernetesVersion: '1.36.3', isDetached: true });
    expect(existsSync(described.auditLogFile)).toBe(true);

    const config = join(isolated.root, 'alice.kubeconfig');
    const made = await sandbox('kubeconfig', '--user', 'alice', '--group', 'dev', '--group', 'ops', '-o', config);
    expect(made).toMatchObject({ code: 0, stdout: '' });
    const source = { directory: described.directory, binaries: { kubectl: described.kubectl } };
    const whoami = JSON.parse(await kubectlOk(source, config, ['auth', 'whoami', '-o', 'json']));
    expect(whoami.status.userInfo).toMatchObject({ username: 'alice', groups: ['dev', 'ops', 'system:authenticated'] });
    expect((await sandbox('kubeconfig')).stdout).toContain('name: admin');

    expect(await sandbox('down')).toMatchObject({ code: 0, stderr: expect.stringContaining('stopped and removed') });
    expect(remains(isolated)).toEqual(NOTHING);
  });

  test('clears away what a sandbox left that was killed outright', async () => {
    expect(await sandbox('up', '--detach')).toMatchObject({ code: 0 });
    const [{ pid, directory }] = JSON.parse((await sandbox('status', '-o', 'json')).stdout);
    process.kill(pid, 'SIGKILL');
    await eventually(() => processesWith(directory).size === 0, { message: 'the children die with their supervisor' });
    const stale = await sandbox('status');
    expect(stale).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('Stale'),
      stderr: expect.stringContaining('down'),
    });
    expect(await sandbox('kubeconfig')).toMatchObject({ code: 2 });

    const up = await sandbox('up', '--detach');
    expect(up).toMatchObject({ code: 0, stderr: expect.stringContaining(directory) });
    expect(existsSync(directory)).toBe(false);

    const [second] = JSON.parse((await sandbox('status', '-o', 'json')).stdout);
    process.kill(second.pid, 'SIGKILL');
    await eventually(() => processesWith(second.directory).size === 0, { message: 'the children die too' });
    expect(await sandbox('down')).toMatchObject({ code: 0, stderr: expect.stringContaining('no longer running') });
    expect(remains(isolated)).toEqual(NOTHING);
  });
});
