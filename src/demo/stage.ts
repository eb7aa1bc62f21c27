import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ControlPlane } from '../sandbox/control-plane.ts';
import { type RunResult, runCommand } from '../sandbox/run-command.ts';
import { waitUntil } from '../sandbox/wait-until.ts';
import { type Actor, evictionManifest, webManifest } from './story.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));

/** Which of the examples the story needs. */
const GUARDRAILS = [
  'no-sudden-scale-down',
  'protected-workloads',
  'trusted-images',
  'no-exec-in-production',
  'warn-of-latest',
  'audit-namespace-labels',
];

const WAIT_MS = 30_000;

/** Where the story is played: a namespace, two people, and kubectl. */
export class Stage {
  readonly #controlPlane: ControlPlane;
  readonly #signal: AbortSignal;
  readonly #kubeconfigs: Readonly<Record<Actor, string>>;

  private constructor(controlPlane: ControlPlane, signal: AbortSignal, alice: string) {
    this.#controlPlane = controlPlane;
    this.#signal = signal;
    this.#kubeconfigs = { admin: controlPlane.adminKubeconfig, alice };
  }

  /** Makes the namespace, Alice's rights in it, and the files of the story; applies the guardrails and waits until they are enforced. */
  static async set(controlPlane: ControlPlane, signal: AbortSignal): Promise<Stage> {
    const alice = await controlPlane.kubeconfig({ user: 'alice', groups: ['developers'] });
    const stage = new Stage(controlPlane, signal, alice);
    await stage.#must(['create', 'namespace', 'shop']);
    await stage.#must(['label', 'namespace', 'shop', 'env=production']);
    await stage.#must(['create', 'rolebinding', 'alice', '-n', 'shop', '--clusterrole=admin', '--user=alice']);
    for (const name of GUARDRAILS) stage.#write(`${name}.yaml`, readFileSync(join(EXAMPLES, `${name}.yaml`), 'utf8'));
    await stage.#must(['apply', ...GUARDRAILS.flatMap((name) => ['-f', `${name}.yaml`])]);
    await stage.#must(['wait', '--for=condition=Enforcing', '--timeout=30s', 'guardrail', '--all']);
    stage.#write('web.yaml', webManifest(10));
    stage.#write('web-1.yaml', webManifest(1));
    return stage;
  }

  /** Runs kubectl as somebody, in the folder of the story's files. */
  kubectl(actor: Actor, args: readonly string[]): Promise<RunResult> {
    const { binaries, directory } = this.#controlPlane;
    return runCommand([binaries.kubectl, '--kubeconfig', this.#kubeconfigs[actor], ...args], {
      env: { HOME: directory, PATH: '' },
      cwd: directory,
      signal: this.#signal,
    });
  }

  /** Waits until web has so many Pods, and returns the name of one. Throws if it does not come to that. */
  async webPod(count: number): Promise<string> {
    let names: string[] = [];
    const isThere = await waitUntil(
      async () => {
        const { stdout } = await this.kubectl('admin', ['get', 'pods', '-n', 'shop', '-l', 'app=web', '-o', 'name']);
        names = stdout.split('\n').filter((name) => name !== '');
        return names.length === count;
      },
      { timeoutMs: WAIT_MS, signal: this.#signal },
    );
    const pod = names[0]?.replace('pod/', '');
    if (!isThere || pod === undefined) throw new Error(`web has ${names.length} Pods instead of ${count}`);
    this.#write('eviction.json', evictionManifest(pod));
    return pod;
  }

  /** Waits until the trail has a record for each of the refused steps. */
  async recordsOf(denials: number): Promise<boolean> {
    return waitUntil(
      async () => {
        const { stdout } = await this.kubectl('admin', [
          ...['get', 'guardrailviolations', '-A', '-o', 'name'],
          ...['-l', 'guardrails.dev/decision=Denied'],
        ]);
        return stdout.split('\n').filter((name) => name !== '').length >= denials;
      },
      { timeoutMs: WAIT_MS, signal: this.#signal },
    );
  }

  #write(file: string, text: string): void {
    writeFileSync(join(this.#controlPlane.directory, file), text);
  }

  async #must(args: readonly string[]): Promise<void> {
    const { code, stderr } = await this.kubectl('admin', args);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} failed: ${stderr.trim()}`);
  }
}
