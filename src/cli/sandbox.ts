import { statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
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
import { type Flags, type FlagValues, parseArguments, refuseOperands, seeHelp } from './flags.ts';

const COMMON_FLAGS = {
  name: { value: 'NAME', help: 'which sandbox (default "default"; status: all of them)' },
} as const satisfies Flags;

const UP_FLAGS = {
  detach: { help: 'return when it is ready; "sandbox down" stops it' },
  'audit-log': { value: 'LEVEL', choices: AUDIT_LEVELS, help: 'write an audit log' },
  'kubernetes-version': { value: 'VERSION', help: `such as the default, ${KUBERNETES_VERSION}` },
  'data-dir': {
    value: 'DIR',
    isPath: true,
    help: "make the sandbox's own folder in DIR, not in the temporary folder; it is removed at the end",
  },
} as const satisfies Flags;

const STATUS_FLAGS = {
  output: { short: 'o', value: 'FORMAT', choices: STATUS_FORMATS, help: 'how to print it; default table' },
} as const satisfies Flags;

const KUBECONFIG_FLAGS = {
  user: { value: 'USER', help: 'by a client certificate for that user (default: admin in group system:masters)' },
  group: { value: 'GROUP', isList: true, help: 'a group of that user' },
  output: { short: 'o', value: 'FILE', isPath: true, help: 'where to write it; "-" (default) is the standard output' },
} as const satisfies Flags;

const NAME = /^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/;

/** Takes the arguments of a verb apart, its own flags and those of all. */
function argumentsOf<F extends Flags>(flags: F, argv: readonly string[]): FlagValues<F & typeof COMMON_FLAGS> {
  const { flags: values, operands } = parseArguments('sandbox', { ...flags, ...COMMON_FLAGS }, argv);
  refuseOperands('sandbox', operands);
  return values;
}

function checkedName(name: string): string {
  if (!NAME.test(name)) {
    throw new UsageError(
      `--name must be at most 40 lower-case letters, digits and "-", and begin and end with a letter or digit: "${name}"`,
    );
  }
  return name;
}

const auditLevelOf = (value: string | undefined): AuditLevel | undefined =>
  AUDIT_LEVELS.find((candidate) => candidate === value);

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
  const values = argumentsOf(UP_FLAGS, argv);
  const name = checkedName(values.name ?? DEFAULT_NAME);
  const progress = streamProgress(io.stderr);
  const options = {
    name,
    detach: values.detach,
    env: io.env,
    kubernetesVersion: checkedVersion(values['kubernetes-version'] ?? KUBERNETES_VERSION),
    auditLog: auditLevelOf(values['audit-log']),
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
  const values = argumentsOf({}, argv);
  const name = checkedName(values.name ?? DEFAULT_NAME);
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
  const values = argumentsOf(STATUS_FLAGS, argv);
  const format = STATUS_FORMATS.find((candidate) => candidate === values.output) ?? 'table';
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
  const { name, user, group: groups, output = '-' } = argumentsOf(KUBECONFIG_FLAGS, argv);
  if (user === '' || groups.includes('')) {
    throw new UsageError('--user and --group must not be empty');
  }
  if (user === undefined && groups.length > 0) {
    throw new UsageError('--group needs --user: say who is in that group');
  }
  const identity = user === undefined ? undefined : { user, groups };
  const text = await sandboxKubeconfig(io.env, checkedName(name ?? DEFAULT_NAME), identity);
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
  about: `A real Kubernetes control plane on this machine, without Docker: etcd, kube-apiserver and
kube-controller-manager as ordinary processes. There is no kubelet and no scheduler: Pods are created and never run.`,
  usage: ['up [flags]', 'down [--name NAME]', 'status [flags]', 'kubeconfig [flags]'],
  operands: { kind: 'None' },
  stopsInOrder: true,
  flags: COMMON_FLAGS,
  verbs: {
    up: { summary: 'starts a sandbox and holds it until Ctrl-C', flags: UP_FLAGS },
    down: { summary: 'stops it and removes all of it', flags: {} },
    status: { summary: 'says which sandboxes there are and how they do', flags: STATUS_FLAGS },
    kubeconfig: { summary: 'prints a kubeconfig for any user', flags: KUBECONFIG_FLAGS },
  },
  notes: `The binaries come from the folder KUBEBUILDER_ASSETS, from a cache, from the official releases, or are built with Go,
in this order.

Exit codes: 0 ok, 1 no sandbox or one that is not ready (status), 2 wrong arguments or a sandbox that is not in the
state that the command needs, 3 the machine failed.`,
  async run([name, ...rest], io) {
    const run = name !== undefined && Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name] : undefined;
    if (run === undefined) {
      const problem = name === undefined ? 'a verb is missing' : `unknown verb "${name}"`;
      throw new UsageError(`${problem}; it must be ${Object.keys(SUBCOMMANDS).join(', ')}. ${seeHelp('sandbox')}`);
    }
    try {
      return await run(rest, io);
    } catch (error) {
      throw error instanceof SandboxStateError ? new UsageError(error.message, { cause: error }) : error;
    }
  },
};
