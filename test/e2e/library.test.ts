import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Recorder, startRecorder } from '../../scripts/capture/recorder.ts';
import type { Guardrail } from '../../src/api/v1alpha1.ts';
import { compileGuardrail } from '../../src/policy/compile.ts';
import { meets } from '../../src/simulation/verdict.ts';
import { GuardedCluster } from './support/guarded-cluster.ts';
import { Api } from './support/library/api.ts';
import { AuditLog } from './support/library/audit-log.ts';
import { definitionsFor, establish } from './support/library/definitions.ts';
import { groupOf, isolated } from './support/library/isolated.ts';
import { actionsOf, type LibraryTest, readLibrary } from './support/library/library.ts';
import { placedAtPresent } from './support/library/placed.ts';
import { letEverybodyIn, recordMarked } from './support/library/preparations.ts';
import { replay, type Theatre } from './support/library/replay.ts';
import { REFUSED, whyNotReplayable } from './support/library/replayable.ts';
import { sampleOf } from './support/library/sample.ts';
import { CANARY, Scene } from './support/library/scene.ts';
import { Served } from './support/library/served.ts';

const library = await readLibrary();
const replayable = library.filter((one) => whyNotReplayable(one) === undefined);
/** All that can be, at leisure; a sample of them otherwise. */
const chosen = inOrder(process.env.REPLAY === 'all' ? replayable : sampleOf(replayable));

/** A guardrail of which tests are replayed: one that has a schedule is two, in effect and not. */
const parts = new Map(
  [...new Set(chosen.map(partName))].map((name, index) => {
    const { guardrail, placed } = chosen.find((one) => partName(one) === name) as LibraryTest;
    const spec = isolated(placedAtPresent(guardrail, placed).spec, index);
    const loaded = compileGuardrail({ ...guardrail, metadata: { name }, spec } as Guardrail);
    return [name, { spec, loaded, group: groupOf(index) }];
  }),
);

let cluster: GuardedCluster;
let recorder: Recorder;
let theatre: Theatre;

beforeAll(async () => {
  recorder = await startRecorder();
  cluster = await GuardedCluster.start({ auditLog: 'Metadata' });
  const api = new Api(cluster.controlPlane);
  const auditLog = new AuditLog(cluster.controlPlane.auditLogFile ?? '');
  const definitions = await establish(api, definitionsFor(chosen));
  await letEverybodyIn(api);
  await recordMarked(api, recorder);
  await cluster.guard({ 'replay-canary': CANARY });
  await cluster.guard(Object.fromEntries([...parts].map(([name, { spec }]) => [name, spec])));
  const served = new Served(definitions);
  theatre = { api, served, scene: new Scene(api, served), recorder, auditLog, definitions };
}, 240_000);

afterAll(async () => {
  theatre?.api.close();
  await cluster?.stop();
  await recorder.close();
});

/** Apart from what else there is by the names of the library. */
function partName({ guardrail, placed }: LibraryTest): string {
  return `replayed-${placedAtPresent(guardrail, placed).metadata?.name}`;
}

/** What sees what is in a namespace comes first, before anything is left behind there; then by namespace and labels. */
function inOrder(tests: readonly LibraryTest[]): readonly LibraryTest[] {
  const key = ({ test: { request, namespaceLabels = {} } }: LibraryTest) => {
    const seesAll = request.operation === 'DELETE' && request.resource.resource === 'namespaces';
    return `${seesAll ? 0 : 1} ${JSON.stringify(namespaceLabels)}`;
  };
  return tests.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

describe('the webhook makes of a request what the guardrail’s own test says, and says what is said offline', () => {
  test.each(chosen.map((one) => [one.title, one] as const))('%s', async (_title, one) => {
    const part = parts.get(partName(one));
    if (part === undefined) throw new Error('the guardrail is not applied');
    const { real, simulated, verdict } = await replay(one.test, part, theatre);
    expect(real).toEqual(simulated);
    expect({ verdict, isExpected: meets(verdict, one.test.expect) }).toEqual({ verdict, isExpected: true });
    expect(real.message).toContain(meets(verdict, 'Tripped') ? (one.test.message ?? '') : '');
  });
});

describe('the sample', () => {
  test('has every action that the library asks for, tripped, and not tripped where a test shows that', () => {
    const of = (tests: readonly LibraryTest[], isTripped: boolean) =>
      new Set(tests.filter((one) => one.isTripped === isTripped).flatMap(({ actions }) => actions));
    const tripped = of(chosen, true);
    const passed = of(chosen, false);
    expect(actionsOf(library).filter((action) => !tripped.has(action))).toEqual([]);
    expect([...of(library, false)].filter((action) => !passed.has(action))).toEqual([]);
  });

  test('leaves out no test for a reason that is not there any more', () => {
    const titles = new Set(library.map(({ title }) => title));
    expect([...REFUSED.keys()].filter((title) => !titles.has(title))).toEqual([]);
  });

  test('has every guardrail of the library', () => {
    const names = (tests: readonly LibraryTest[]) => new Set(tests.map(({ guardrail }) => guardrail.metadata?.name));
    expect([...names(library)].filter((name) => !names(chosen).has(name))).toEqual([]);
  });
});
