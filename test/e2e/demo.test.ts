import { describe, expect, it } from 'vitest';
import { guardrails, startGuardrails } from './support/cli.ts';
import { eventually } from './support/poll.ts';
import { processesWith } from './support/processes.ts';

const STEPS = 12;

describe('guardrails demo', () => {
  it('plays every step as it should go, shows the trail and leaves nothing behind', async () => {
    const { code, stdout, stderr } = await guardrails(['demo'], process.env);

    expect(`${stdout}\n${stderr}`).toContain('Every step went as it should.');
    expect(stdout.match(/-> (passed|refused), as it should be/g)).toHaveLength(STEPS);
    expect(stdout).toMatch(/Denied +protected-workloads +Evict +pods\/web-/);
    expect(stdout).toMatch(/Denied +no-sudden-scale-down +ScaleDown +deployments\.apps\/web +alice/);
    expect(stdout).toMatch(/Allowed +no-sudden-scale-down +ScaleDown +deployments\.apps\/web +alice/);
    expect(code).toBe(0);
  });

  it('goes on running with --keep until it is interrupted, and leaves nothing behind then', async () => {
    const demo = startGuardrails(['demo', '--keep'], process.env);
    try {
      const kubeconfig = await eventually(() => /KUBECONFIG=(\S+)/.exec(demo.output.stdout)?.[1], {
        timeoutMs: 90_000,
        message: 'the demo says how to go on',
      });
      const directory = kubeconfig.slice(0, kubeconfig.lastIndexOf('/'));
      expect(processesWith(directory).size).toBeGreaterThan(0);

      demo.process.kill('SIGINT');

      expect(await demo.ended).toBe(0);
      expect([...processesWith(directory).values()]).toEqual([]);
    } finally {
      demo.process.kill('SIGKILL');
    }
  }, 120_000);

  it('refuses flags that it does not know', async () => {
    const { code, stderr } = await guardrails(['demo', '--forever'], process.env);
    expect(code).toBe(2);
    expect(stderr).toContain('--forever');
  });
});
