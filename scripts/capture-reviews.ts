/**
 * Plays what people and controllers do on a sandbox of kube-apiserver and kube-controller-manager, and keeps the
 * AdmissionReviews that come of it in test/fixtures/reviews. Names of scenes as arguments play only the scenes that keep
 * a review whose name contains one of them; the scenes before them are played too where these need them.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { normalise } from './capture/normalise.ts';
import { type Recorder, startRecorder } from './capture/recorder.ts';
import type { Scene } from './capture/scene.ts';
import { ACCESS } from './capture/scenes-access.ts';
import { BOUNDS } from './capture/scenes-bounds.ts';
import { CONTROLLERS, DELETES, METADATA, PODS } from './capture/scenes-delete.ts';
import { EFFECTS } from './capture/scenes-effects.ts';
import { WORKLOADS } from './capture/scenes-workload.ts';
import { CREATES, UPDATES } from './capture/scenes-write.ts';
import { type Stage, setStage } from './capture/stage.ts';

const FOLDER = fileURLToPath(new URL('../test/fixtures/reviews/', import.meta.url));
/** Controllers take their time. */
const PATIENCE_MS = 15_000;

const wanted = process.argv.slice(2);
const scenes = [
  ...CREATES,
  ...UPDATES,
  ...EFFECTS,
  ...METADATA,
  ...PODS,
  ...CONTROLLERS,
  ...DELETES,
  ...ACCESS,
  ...WORKLOADS,
  ...BOUNDS,
].filter(
  ({ keeps }) => wanted.length === 0 || Object.keys(keeps).some((name) => wanted.some((part) => name.includes(part))),
);

mkdirSync(FOLDER, { recursive: true });
const recorder = await startRecorder();
try {
  const stage = await setStage(recorder);
  try {
    for (const scene of scenes) await play(scene, stage, recorder);
  } finally {
    await stage.stop();
  }
} finally {
  await recorder.close();
}

async function play(scene: Scene, stage: Stage, { clear, first }: Recorder): Promise<void> {
  try {
    await scene.given?.(stage);
    clear();
    await scene.act(stage);
  } catch (error) {
    report(`${Object.keys(scene.keeps).join(', ')}: ${(error as Error).message}`);
    return;
  }
  for (const [name, picks] of Object.entries(scene.keeps)) {
    const review = await first(picks, PATIENCE_MS);
    if (review === undefined) report(`${name}: no such review came`);
    else writeFileSync(`${FOLDER}${name}.json`, `${JSON.stringify(normalise(review), null, 2)}\n`);
  }
}

function report(problem: string): void {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}
