import { availableParallelism } from 'node:os';
import type { Progress } from '../../src/sandbox/progress.ts';
import { measureApiServer } from './api-server.ts';
import { measureDirect } from './direct.ts';
import { measureEngine } from './engine.ts';
import { withFleet } from './fleet.ts';
import type { Options } from './options.ts';
import type { Report } from './report.ts';
import { onStage, type Stage } from './stage.ts';
import { measureStart } from './start.ts';
import { type Measured, targetResults } from './targets.ts';

/** Runs the benchmark on a control plane of its own. Throws if the machine fails, or when the signal is aborted. */
export function runBenchmark(options: Options, progress: Progress, signal: AbortSignal): Promise<Report> {
  return onStage(progress, signal, async (stage) => {
    const measured = await measure(stage, options);
    const { rounds, seconds } = options;
    return {
      kubernetesVersion: stage.controlPlane.kubernetesVersion,
      nodeVersion: process.versions.node,
      cpus: availableParallelism(),
      rounds,
      seconds,
      reviewBytes: stage.review.byteLength,
      deploymentBytes: JSON.stringify(stage.release).length,
      ...measured,
      targets: targetResults(measured),
    };
  });
}

async function measure(stage: Stage, { sections, rounds, seconds }: Options): Promise<Measured> {
  const engine = sections.has('engine') && (await measureEngine(stage, rounds));
  const start = sections.has('start') && (await measureStart(stage, rounds, seconds));
  const webhooks =
    (sections.has('direct') || sections.has('api-server')) &&
    (await withFleet(stage, seconds, async (fleet) => ({
      ...(sections.has('direct') && { direct: await measureDirect(stage, fleet, rounds, seconds) }),
      ...(sections.has('api-server') && { apiServer: await measureApiServer(stage, fleet, rounds, seconds) }),
    })));
  return { ...(engine && { engine }), ...(start && { start }), ...webhooks };
}
