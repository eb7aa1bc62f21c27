import { play } from '../demo/play.ts';
import { Screen } from '../demo/screen.ts';
import { Stage } from '../demo/stage.ts';
import { type ControlPlane, startControlPlane } from '../sandbox/control-plane.ts';
import { installManifests, startLocalOperator } from '../sandbox/local-operator.ts';
import { streamProgress } from '../sandbox/progress.ts';
import { type Command, type CommandIo, ExitCode } from './command.ts';
import { parseArguments, refuseOperands } from './flags.ts';

const FLAGS = {
  keep: { help: 'leave everything running at the end, to go on by hand, until Ctrl-C' },
} as const;

/** `guardrails demo`: plays the main job on a control plane of its own. */
export const demoCommand: Command = {
  name: 'demo',
  summary: 'play the main job on a local control plane, with real kubectl commands',
  about: `Plays a story on a local control plane: real kubectl commands of two people, what they lead to, and the audit trail.
It needs no cluster and no Docker. The first run may have to download or build the control plane.`,
  usage: ['[--keep]'],
  operands: { kind: 'None' },
  stopsInOrder: true,
  flags: FLAGS,
  notes: 'Exit codes: 0 every step went as it should, 1 one did not, 2 wrong arguments, 3 the machine failed.',
  run: async (argv, io) => {
    const { flags, operands } = parseArguments('demo', FLAGS, argv);
    refuseOperands('demo', operands);
    const progress = streamProgress(io.stderr);
    const controlPlane = await startControlPlane({ env: io.env, progress, signal: io.signal });
    try {
      progress.line('starting the operator');
      await installManifests(controlPlane, io.env);
      const operator = await startLocalOperator(controlPlane, { env: io.env });
      try {
        return await show(controlPlane, io, flags.keep);
      } finally {
        await operator.stop();
      }
    } finally {
      await controlPlane.stop();
    }
  },
};

async function show(controlPlane: ControlPlane, io: CommandIo, keep: boolean): Promise<number> {
  const screen = new Screen(io.stdout, io.env);
  const failures = await play(await Stage.set(controlPlane, io.signal), screen);
  if (failures === 0) screen.line('Every step went as it should.', 'green');
  else screen.line(`${failures} steps went otherwise than they should.`, 'red');
  screen.line();
  if (keep) {
    screen.line('Go on by hand, in another terminal:', 'bold');
    screen.line(`   export KUBECONFIG=${controlPlane.adminKubeconfig}`);
    screen.line(`   alias kubectl=${controlPlane.binaries.kubectl}`);
    screen.line('   kubectl get guardrails -o wide');
    screen.line('   kubectl scale deployment/web -n shop --replicas=0');
    screen.line('Ctrl-C here ends it.');
    if (!io.signal.aborted)
      await new Promise((resolve) => io.signal.addEventListener('abort', resolve, { once: true }));
  } else {
    screen.line('To go on by hand, leave it running: make demo KEEP=1. The guardrails of the story are in examples/.');
  }
  return failures === 0 ? ExitCode.ok : ExitCode.failed;
}
