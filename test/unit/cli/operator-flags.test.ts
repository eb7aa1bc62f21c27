import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/cli/command.ts';
import { helpOf } from '../../../src/cli/help.ts';
import { operatorCommand } from '../../../src/cli/operator.ts';
import { parseOperatorFlags } from '../../../src/cli/operator-flags.ts';
import type { OperatorConfig } from '../../../src/operator-config.ts';

const DEFAULTS: OperatorConfig = {
  kubeconfig: undefined,
  webhookUrl: undefined,
  namespace: 'guardrails-system',
  serviceName: 'guardrails-webhook',
  bindAddress: '0.0.0.0',
  port: 9443,
  probePort: 9080,
  logLevel: 'info',
  shutdownDelay: 5_000,
  auditWindow: 60_000,
  retentionAge: 604_800_000,
  retentionCount: 1_000,
  watchInactivity: 90_000,
  maxStaleness: 300_000,
};

const OUTSIDE = ['--kubeconfig', '/a/kubeconfig', '--webhook-url', 'https://127.0.0.1:9444'];
const OUTSIDE_CONFIG: Partial<OperatorConfig> = {
  kubeconfig: '/a/kubeconfig',
  webhookUrl: new URL('https://127.0.0.1:9444'),
  bindAddress: '127.0.0.1',
  port: 9444,
};

test('in a cluster it needs no flags', () => {
  expect(parseOperatorFlags([], {})).toEqual(DEFAULTS);
});

describe('a flag, and the environment variable of the same name', () => {
  test.each<[flag: string, variable: string, text: string, config: Partial<OperatorConfig>]>([
    ['--namespace', 'GUARDRAILS_NAMESPACE', 'policy', { namespace: 'policy' }],
    ['--service-name', 'GUARDRAILS_SERVICE_NAME', 'hook-1', { serviceName: 'hook-1' }],
    ['--bind-address', 'GUARDRAILS_BIND_ADDRESS', '::', { bindAddress: '::' }],
    ['--port', 'GUARDRAILS_PORT', '0', { port: 0 }],
    ['--port', 'GUARDRAILS_PORT', '65535', { port: 65_535 }],
    ['--probe-port', 'GUARDRAILS_PROBE_PORT', '8081', { probePort: 8_081 }],
    ['--log-level', 'GUARDRAILS_LOG_LEVEL', 'debug', { logLevel: 'debug' }],
    ['--shutdown-delay', 'GUARDRAILS_SHUTDOWN_DELAY', '0s', { shutdownDelay: 0 }],
    ['--audit-window', 'GUARDRAILS_AUDIT_WINDOW', '10s', { auditWindow: 10_000 }],
    ['--retention-age', 'GUARDRAILS_RETENTION_AGE', '30d', { retentionAge: 2_592_000_000 }],
    ['--retention-count', 'GUARDRAILS_RETENTION_COUNT', '5', { retentionCount: 5 }],
    ['--watch-inactivity', 'GUARDRAILS_WATCH_INACTIVITY', '2m', { watchInactivity: 120_000 }],
    ['--max-staleness', 'GUARDRAILS_MAX_STALENESS', '1h', { maxStaleness: 3_600_000 }],
  ])('%s, %s: %s', (flag, variable, text, config) => {
    const expected = { ...DEFAULTS, ...config };
    expect(parseOperatorFlags([flag, text], {})).toEqual(expected);
    expect(parseOperatorFlags([`${flag}=${text}`], {})).toEqual(expected);
    expect(parseOperatorFlags([], { [variable]: text })).toEqual(expected);
  });

  test('the flag wins', () => {
    expect(parseOperatorFlags(['--port', '1'], { GUARDRAILS_PORT: '2' }).port).toBe(1);
  });

  test('a flag that is repeated counts as it stands last', () => {
    expect(parseOperatorFlags(['--port', '1', '--port', '2'], {}).port).toBe(2);
  });

  test('other variables are nothing to it', () => {
    expect(parseOperatorFlags([], { GUARDRAILS_TYPO: 'x', PORT: '1', KUBECONFIG: '/else' })).toEqual(DEFAULTS);
  });

  test.each(Object.keys(DEFAULTS))('the help names %s', (name) => {
    expect(helpOf(operatorCommand)).toContain(
      `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} `,
    );
  });
});

describe('outside of a cluster', () => {
  test.each<[what: string, argv: string[], config: Partial<OperatorConfig>]>([
    ['it listens at the port of the URL, on the loopback address', [], {}],
    ['another port can be named', ['--port', '1234'], { port: 1_234 }],
    ['another address can be named', ['--bind-address', '0.0.0.0'], { bindAddress: '0.0.0.0' }],
    [
      'the URL may be without a port',
      ['--webhook-url', 'https://hook.example.org'],
      { webhookUrl: new URL('https://hook.example.org'), port: 443 },
    ],
    [
      'the URL may have an IPv6 address',
      ['--webhook-url', 'https://[::1]:9445'],
      { webhookUrl: new URL('https://[::1]:9445'), port: 9_445 },
    ],
  ])('%s', (_, argv, config) => {
    expect(parseOperatorFlags([...OUTSIDE, ...argv], {})).toEqual({ ...DEFAULTS, ...OUTSIDE_CONFIG, ...config });
  });
});

describe('what is wrong is refused, by name', () => {
  test.each<[argv: string[], message: string]>([
    [['--port', '-1'], '--port must have a value; one that begins with "-" is written --port=-1'],
    [['--port=-1'], '--port must be a port from 0 to 65535, not "-1"'],
    [['--port', '65536'], '--port must be a port from 0 to 65535, not "65536"'],
    [['--port', 'http'], '--port must be a port'],
    [['--port', ''], '--port must be a port'],
    [['--probe-port', '1.5'], '--probe-port must be a port'],
    [['--log-level', 'silly'], '--log-level must be one of error, warn, info, debug, not "silly"'],
    [['--log-level', 'toString'], '--log-level must be one of'],
    [['--namespace', 'Policy'], '--namespace must be a name of lower-case letters, digits and -, not "Policy"'],
    [['--namespace', ''], '--namespace must be a name'],
    [['--namespace', 'a'.repeat(64)], '--namespace must be a name'],
    [['--service-name', 'a/b'], '--service-name must be a name'],
    [['--retention-count', '0'], '--retention-count must be a whole number from 1, not "0"'],
    [['--retention-count', '1e3'], '--retention-count must be a whole number'],
    [['--retention-age', '7'], '--retention-age must be a duration such as'],
    [['--shutdown-delay', 'never'], '--shutdown-delay must be a duration such as'],
    [['--webhook-url', 'https://x:1'], '--kubeconfig must be set with --webhook-url'],
    [['--kubeconfig', '/x'], '--webhook-url must be set with --kubeconfig'],
    [[...OUTSIDE, '--webhook-url', 'http://127.0.0.1:9443'], '--webhook-url must be an https URL without a path'],
    [[...OUTSIDE, '--webhook-url', 'https://127.0.0.1/validate'], '--webhook-url must be an https URL without a path'],
    [[...OUTSIDE, '--webhook-url', 'https://127.0.0.1/?a=b'], '--webhook-url must be an https URL without a path'],
    [[...OUTSIDE, '--webhook-url', 'https://me@127.0.0.1'], '--webhook-url must be an https URL without a path'],
    [[...OUTSIDE, '--webhook-url', '127.0.0.1:9443'], '--webhook-url must be an https URL without a path'],
    [['--unknown'], 'See "guardrails operator --help"'],
    [['--port'], 'See "guardrails operator --help"'],
    [['positional'], 'See "guardrails operator --help"'],
  ])('%j', (argv, message) => {
    expect(() => parseOperatorFlags(argv, {})).toThrow(UsageError);
    expect(() => parseOperatorFlags(argv, {})).toThrow(message);
  });

  test('a value of the environment too', () => {
    expect(() => parseOperatorFlags([], { GUARDRAILS_RETENTION_AGE: 'long' })).toThrow('--retention-age must be');
  });

  test('all at once, each on a line', () => {
    const argv = [
      '--port',
      'x',
      '--log-level',
      'x',
      '--retention-count',
      'x',
      '--max-staleness',
      'x',
      '--kubeconfig',
      'x',
    ];
    const lines = messageOf(() => parseOperatorFlags(argv, { GUARDRAILS_NAMESPACE: 'X' })).split('\n');
    expect(lines.map((line) => line.trim().split(' ')[0]).toSorted()).toEqual([
      '--log-level',
      '--max-staleness',
      '--namespace',
      '--port',
      '--retention-count',
      '--webhook-url',
    ]);
  });

  test.each(['shutdown-delay', 'watch-inactivity'])(
    'a --%s of more than 24 days, which a timer would take for none',
    (flag) => {
      expect(() => parseOperatorFlags([`--${flag}`, '25d'], {})).toThrow(`--${flag}`);
    },
  );

  test.each(['audit-window', 'watch-inactivity', 'retention-age', 'max-staleness'])('a --%s of nothing', (flag) => {
    expect(() => parseOperatorFlags([`--${flag}`, '0s'], {})).toThrow(`--${flag}`);
  });
});

function messageOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}
