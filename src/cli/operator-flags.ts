import type { OperatorConfig } from '../operator-config.ts';
import { LOG_LEVELS, type LogLevel } from '../telemetry/logger.ts';
import { UsageError } from './command.ts';
import { parseDuration } from './duration.ts';
import { type Flag, parseArguments, refuseOperands } from './flags.ts';

/** One setting: a flag, and an environment variable of the same name. */
interface Setting {
  readonly value: string;
  readonly default: string;
  readonly help: string;
}

/** Every setting of the operator. */
const SETTINGS = {
  kubeconfig: {
    value: 'FILE',
    default: '',
    help: 'kubeconfig of the cluster; default: the cluster that the operator runs in',
  },
  'webhook-url': {
    value: 'URL',
    default: '',
    help: 'where the API server reaches the webhook when it runs outside of the cluster, such as https://127.0.0.1:9443',
  },
  namespace: {
    value: 'NAME',
    default: 'guardrails-system',
    help: 'namespace of the operator: its Secret, its Service, its records',
  },
  'service-name': { value: 'NAME', default: 'guardrails-webhook', help: 'Service of the webhook' },
  'bind-address': {
    value: 'ADDRESS',
    default: '0.0.0.0',
    help: 'address to listen on; default with --webhook-url: 127.0.0.1',
  },
  port: {
    value: 'PORT',
    default: '9443',
    help: 'port of the webhook; default with --webhook-url: the port of the URL',
  },
  'probe-port': { value: 'PORT', default: '9080', help: 'port of /livez, /readyz and /metrics; 0 picks a free one' },
  'log-level': { value: 'LEVEL', default: 'info', help: 'error, warn, info or debug' },
  'shutdown-delay': {
    value: 'DURATION',
    default: '5s',
    help: 'how long requests are still answered while the operator stops',
  },
  'audit-window': {
    value: 'DURATION',
    default: '1m',
    help: 'repeats of one decision within this time become one record',
  },
  'retention-age': { value: 'DURATION', default: '7d', help: 'records are removed after this time' },
  'retention-count': { value: 'COUNT', default: '1000', help: 'records that are kept per namespace, the newest' },
  'watch-inactivity': {
    value: 'DURATION',
    default: '90s',
    help: 'a watch that is silent for so long is taken for dead',
  },
  'max-staleness': {
    value: 'DURATION',
    default: '5m',
    help: 'when the guardrails were not known to be fresh for so long, the operator is no longer ready',
  },
} as const satisfies Record<string, Setting>;

/** A timer that is to wait for longer waits for nothing. A little more than 24 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

type Name = keyof typeof SETTINGS;

const environmentName = (name: string): string => `GUARDRAILS_${name.toUpperCase().replaceAll('-', '_')}`;

/** The settings as flags of the command line. */
export const OPERATOR_FLAGS: { readonly [N in Name]: Flag & { readonly value: string } } = Object.fromEntries(
  Object.entries(SETTINGS).map(([name, { value, default: fallback, help }]) => [
    name,
    { value, help: `${help}${fallback === '' ? '' : ` (default ${fallback})`}` },
  ]),
) as Record<Name, Flag & { value: string }>;

/**
 * Reads the settings: flags first, then environment variables (GUARDRAILS_PROBE_PORT for --probe-port), then defaults. Throws
 * one UsageError that names everything that is wrong.
 */
export function parseOperatorFlags(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): OperatorConfig {
  const flags = readFlags(argv);
  const given = (name: Name): string | undefined => flags[name] ?? env[environmentName(name)];
  const text = (name: Name): string => given(name) ?? SETTINGS[name].default;
  const errors: string[] = [];
  const check = <T>(read: () => T, fallback: T): T => {
    try {
      return read();
    } catch (error) {
      errors.push((error as Error).message);
      return fallback;
    }
  };
  const duration = (name: Name, { least = 1, most = Number.POSITIVE_INFINITY } = {}): number =>
    check(() => parseBounded(`--${name}`, text(name), least, most), 0);

  const webhookUrl = text('webhook-url') === '' ? undefined : check(() => parseUrl(text('webhook-url')), undefined);
  const isOutside = text('webhook-url') !== '';
  if (isOutside && text('kubeconfig') === '') errors.push('--kubeconfig must be set with --webhook-url');
  if (!isOutside && text('kubeconfig') !== '') errors.push('--webhook-url must be set with --kubeconfig');
  const config: OperatorConfig = {
    kubeconfig: text('kubeconfig') || undefined,
    webhookUrl,
    namespace: check(() => parseName('--namespace', text('namespace')), ''),
    serviceName: check(() => parseName('--service-name', text('service-name')), ''),
    bindAddress: given('bind-address') ?? (isOutside ? '127.0.0.1' : SETTINGS['bind-address'].default),
    port: check(
      () => parsePort('--port', given('port') ?? (webhookUrl ? portOf(webhookUrl) : SETTINGS.port.default)),
      0,
    ),
    probePort: check(() => parsePort('--probe-port', text('probe-port')), 0),
    logLevel: check(() => parseLevel(text('log-level')), 'info'),
    shutdownDelay: duration('shutdown-delay', { least: 0, most: MAX_TIMER_MS }),
    auditWindow: duration('audit-window'),
    retentionAge: duration('retention-age'),
    retentionCount: check(() => parseCount('--retention-count', text('retention-count')), 1),
    watchInactivity: duration('watch-inactivity', { most: MAX_TIMER_MS }),
    maxStaleness: duration('max-staleness'),
  };
  if (errors.length > 0) throw new UsageError(errors.join('\n  '));
  return config;
}

function readFlags(argv: readonly string[]): Partial<Record<Name, string | undefined>> {
  const { flags, operands } = parseArguments('operator', OPERATOR_FLAGS, argv);
  refuseOperands('operator', operands);
  return flags;
}

function parseBounded(flag: string, text: string, least: number, most: number): number {
  const milliseconds = parseDuration(flag, text);
  if (milliseconds < least) throw new UsageError(`${flag} must be at least ${least}ms, not "${text}"`);
  if (milliseconds > most) throw new UsageError(`${flag} must be at most 24d, not "${text}"`);
  return milliseconds;
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  const isPlain = url?.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  if (url === null || url.protocol !== 'https:' || !isPlain) {
    throw new UsageError(
      `--webhook-url must be an https URL without a path, such as https://127.0.0.1:9443, not "${text}"`,
    );
  }
  return url;
}

const portOf = (url: URL): string => url.port || '443';

function parsePort(flag: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new UsageError(`${flag} must be a port from 0 to 65535, not "${text}"`);
  return port;
}

function parseCount(flag: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new UsageError(`${flag} must be a whole number from 1, not "${text}"`);
  return Number(text);
}

function parseName(flag: string, text: string): string {
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text)) {
    throw new UsageError(`${flag} must be a name of lower-case letters, digits and -, not "${text}"`);
  }
  return text;
}

function parseLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((one) => one === text);
  if (level === undefined) throw new UsageError(`--log-level must be one of ${LOG_LEVELS.join(', ')}, not "${text}"`);
  return level;
}
