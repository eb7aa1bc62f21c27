import { statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { AUDIT_LEVELS, type AuditLevel } from '../sandbox/audit-policy.ts';
import type { ControlPlane } from '../sandbox/control-plane.ts';
import {
  DEFAULT_NAME,
  nameFlag,
  SandboxStateError,
  sandboxKubeconfig,
  sandboxStatus,
  startSandbox,
  stopSandbox,
} from '../sandbox/named-sandbox.ts';
import { streamProgress } from '../sandbox/progress.ts';
import { sandboxNames } from '../sandbox/state.ts';
import { STATUS_FORMATS, statusText } from '../sandbox/status-text.ts';
import { KUBERNETES_VERSION, parseVersion } from '../sandbox/version.ts';
import { type Command, type CommandIo, ExitCode, UsageError } from './command.ts';

const HELP = `A real Kubernetes control plane on this machine, without Docker: etcd, kube-apiserver and
kube-controller-manager as ordinary processes. There is no kubelet and no scheduler: Pods are created and never run.

Usage:
  guardrails sandbox up [flags]           starts a sandbox and holds it until Ctrl-C
  guardrails sandbox down [--name NAME]   stops it and removes all of it
  guardrails sandbox status [flags]       says which sandboxes there are and how they do
  guardrails sandbox kubeconfig [flags]   prints a kubeconfig for any user

Flags of all of them:
  --name NAME                    which sandbox (default "default"; status: all of them)

Flags of up:
  --detach                       return when it is ready; "sandbox down" stops it
  --audit-log LEVEL              write an audit log: ${AUDIT_LEVELS.join(' or ')}
  --kubernetes-version VERSION   such as the default, ${KUBERNETES_VERSION}
  --data-dir DIR                 make the sandbox's own folder in DIR, not in the temporary folder; it is removed at the end

Flags of status:
  -o, --output FORMAT            table (default), json or yaml

Flags of kubeconfig:
  --user USER                    by a client certificate for that user (default: admin in group system:masters)
  --group GROUP                  a group of that user; can be given more than once
  -o, --output FILE              where to write it; "-" (default) is the standard output

The binaries come from the folder KUBEBUILDER_ASSETS, from a cache, from the official releases, or are built with Go,
in this order.

Exit codes: 0 ok, 1 no sandbox or one that is not ready (status), 2 wrong arguments or a sandbox that is not in the
state that the command needs, 3 the machine failed.
`;

const NAME = /^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/;

const SEE_HELP = 'Run "guardrails sandbox --help" for the flags.';

/** Calls `parseArgs` and turns what it throws for wrong flags into a UsageError. */
function orUsageError<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : error}\n${SEE_HELP}`, { cause: error });
  }
}

function checkedName(name: string): string {
  if (!NAME.test(name)) {
    throw new UsageError(
      `--name must be at most 40 lower-case letters, digits and "-", and begin and end with a letter or digit: "${name}"`,
    );
  }
  return name;
}

function checkedAuditLevel(value: string | undefined): AuditLevel | undefined {
  const level = AUDIT_LEVELS.find((candidate) => candidate === value);
  if (value !== undefined && level === undefined) {
    throw new UsageError(`--audit-log must be ${AUDIT_LEVELS.join(' or ')}, not "${value}"`);
  }
  return level;
}

function checkedVersion(value: string): string {
  const version = parseVersion(value);
  if (version === undefined) {
    throw new UsageError(`--kubernetes-version must be a full version such as ${KUBERNETES_VERSION}, not "${value}"`);
  }
  return version;
}

function checkedFolder(value: string | undefined): string | undefined {
  if (value !== undefined && statSync(value, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new UsageError(`--data-dir must be an existing folder; make "${value}" first`);
  }
  return value === undefined ? undefined : resolve(value);
}

// For a shell to paste into: only paths with unusual characters need quotes.
const quoted = (path: string): string => (/^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);

function usageText(name: string, { server, kubernetesVersion, ...sandbox }: ControlPlane, isDetached: boolean): string {
  const flag = nameFlag(name);
  return [
    `Sandbox "${name}" is up: Kubernetes v${kubernetesVersion} at ${server}`,
    '',
    `  export KUBECONFIG=${quoted(sandbox.adminKubeconfig)}`,
    `  alias kubectl=${quoted(sandbox.binaries.kubectl)}`,
    '',
    'As another user:',
    '',
    `  guardrails sandbox kubeconfig${flag} --user alice --group dev -o alice.kubeconfig`,
    '  kubectl --kubeconfig alice.kubeconfig auth whoami',
    '',
    ...(sandbox.auditLogFile === undefined ? [] : [`Audit log: ${sandbox.auditLogFile}`]),
    `To stop it and remove all of it: ${isDetached ? '' : 'Ctrl-C, or '}guardrails sandbox down${flag}`,
    '',
  ].join('\n');
}

async function up(argv: readonly string[], io: CommandIo): Promise<number> {
  const { values } = orUsageError(() =>
    parseArgs({
      args: [...argv],
      options: {
        name: { type: 'string', default: DEFAULT_NAME },
        detach: { type: 'boolean', default: false },
        'audit-log': { type: 'string' },
        'kubernetes-version': { type: 'string', default: KUBERNETES_VERSION },
        'data-dir': { type: 'string' },
      },
    }),
  );
  const name = checkedName(values.name);
  const progress = streamProgress(io.stderr);
  const options = {
    name,
    detach: values.detach,
    env: io.env,
    kubernetesVersion: checkedVersion(values['kubernetes-version']),
    auditLog: checkedAuditLevel(values['audit-log']),
    dataDirectory: checkedFolder(values['data-dir']),
    progress,
    signal: io.signal,
  };
  const controlPlane = await startSandbox(options)
    .catch((error: unknown) => {
      if (io.signal.aborted) {
        throw new Error(`sandbox "${name}" was interrupted before it was up; nothing of it is left`);
      }
      throw error;
    })
    .finally(() => progress.clear());
  io.stdout.write(usageText(name, controlPlane, values.detach));
  return values.detach ? ExitCode.ok : hold(name, controlPlane, io);
}

/** Holds a sandbox until this command is interrupted or the sandbox is stopped by another. */
async function hold(name: string, controlPlane: ControlPlane, { signal, stderr }: CommandIo): Promise<number> {
  const interrupted = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) {
      resolve();
    }
  });
  await Promise.race([interrupted, controlPlane.stopped]);
  if (signal.aborted) {
    stderr.write(`stopping sandbox "${name}"\n`);
  }
  await controlPlane.stop();
  const how = await controlPlane.stopped;
  stderr.write(`sandbox "${name}" was ${how === 'Killed' ? 'killed' : 'stopped'} and removed\n`);
  return how === 'Killed' ? ExitCode.environment : ExitCode.ok;
}

async function down(argv: readonly string[], io: CommandIo): Promise<number> {
  const { values } = orUsageError(() =>
    parseArgs({ args: [...argv], options: { name: { type: 'string', default: DEFAULT_NAME } } }),
  );
  const name = checkedName(values.name);
  const former = await stopSandbox(io.env, name, streamProgress(io.stderr));
  if (former === undefined) {
    io.stderr.write(`no sandbox "${name}" is up; nothing to do\n`);
  } else if (former === 'Stale') {
    io.stderr.write(`sandbox "${name}" was no longer running; what it had left is removed\n`);
  } else {
    io.stderr.write(`sandbox "${name}" was stopped and removed\n`);
  }
  return ExitCode.ok;
}

async function status(argv: readonly string[], io: CommandIo): Promise<number> {
  const { values } = orUsageError(() =>
    parseArgs({
      args: [...argv],
      options: { name: { type: 'string' }, output: { type: 'string', short: 'o', default: 'table' } },
    }),
  );
  const format = STATUS_FORMATS.find((candidate) => candidate === values.output);
  if (format === undefined) {
    throw new UsageError(`--output must be ${STATUS_FORMATS.join(', ')}, not "${values.output}"`);
  }
  const names = values.name === undefined ? sandboxNames(io.env) : [checkedName(values.name)];
  const found = await Promise.all(names.map((name) => sandboxStatus(io.env, name)));
  const statuses = found.filter((candidate) => candidate !== undefined);
  io.stdout.write(statusText(statuses, format));
  if (statuses.length === 0) {
    io.stderr.write('no sandbox is up; start one with "guardrails sandbox up"\n');
  }
  for (const { name } of statuses.filter(({ phase }) => phase === 'Stale')) {
    io.stderr.write(`sandbox "${name}" was killed; "guardrails sandbox down${nameFlag(name)}" removes what is left\n`);
  }
  return statuses.length > 0 && statuses.every(({ phase }) => phase === 'Ready') ? ExitCode.ok : ExitCode.failed;
}

async function kubeconfig(argv: readonly string[], io: CommandIo): Promise<number> {
  const { values } = orUsageError(() =>
    parseArgs({
      args: [...argv],
      options: {
        name: { type: 'string', default: DEFAULT_NAME },
        user: { type: 'string' },
        group: { type: 'string', multiple: true },
        output: { type: 'string', short: 'o', default: '-' },
      },
    }),
  );
  const { user, group: groups = [], output } = values;
  if (user === '' || groups.includes('')) {
    throw new UsageError('--user and --group must not be empty');
  }
  if (user === undefined && groups.length > 0) {
    throw new UsageError('--group needs --user: say who is in that group');
  }
  const identity = user === undefined ? undefined : { user, groups };
  const text = await sandboxKubeconfig(io.env, checkedName(values.name), identity);
  if (output === '-') {
    io.stdout.write(text);
  } else {
    // It holds a private key.
    writeFileSync(output, text, { mode: 0o600 });
    io.stderr.write(`wrote ${output}\n`);
  }
  return ExitCode.ok;
}

const SUBCOMMANDS: Readonly<Record<string, Command['run']>> = { up, down, status, kubeconfig };

/** `guardrails sandbox`: starts, stops and describes a local control plane. */
export const sandboxCommand: Command = {
  name: 'sandbox',
  summary: 'run a real control plane on this machine, without Docker',
  help: HELP,
  async run([name, ...rest], io) {
    const run = name !== undefined && Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name] : undefined;
    if (run === undefined) {
      const problem = name === undefined ? 'a verb is missing' : `unknown verb "${name}"`;
      throw new UsageError(`${problem}; it must be ${Object.keys(SUBCOMMANDS).join(', ')}.\n${SEE_HELP}`);
    }
    try {
      return await run(rest, io);
    } catch (error) {
      throw error instanceof SandboxStateError ? new UsageError(error.message, { cause: error }) : error;
    }
  },
};
