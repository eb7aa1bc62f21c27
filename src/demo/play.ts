import type { RunResult } from '../sandbox/run-command.ts';
import type { Screen } from './screen.ts';
import type { Stage } from './stage.ts';
import { type Expectation, POD, STORY, type Step } from './story.ts';

/** The Deployment's replicas through most of the story, once it is scaled down. */
const REPLICAS = { first: 10, later: 8 };

/** Plays the story, showing each command and what came back. Returns how many steps went otherwise than expected. */
export async function play(stage: Stage, screen: Screen): Promise<number> {
  let failures = 0;
  let pod = '';
  for (const [index, step] of STORY.entries()) {
    const args = step.args.map((arg) => arg.replaceAll(POD, pod));
    screen.line(`${index + 1}. ${step.title}`, 'bold');
    screen.line(`   ${step.actor}$ kubectl ${args.map(quoted).join(' ')}`, 'cyan');
    const result = await stage.kubectl(step.actor, args);
    for (const line of `${result.stdout}${result.stderr}`.trimEnd().split('\n')) screen.line(`   ${line}`);
    if (!report(step.expect, result, screen)) failures += 1;
    pod = await podAfter(step, stage, pod);
  }
  failures += (await showTrail(stage, screen)) ? 0 : 1;
  return failures;
}

/** The first two steps make and remove Pods: the controllers have to be done before one is named. */
async function podAfter(step: Step, stage: Stage, pod: string): Promise<string> {
  if (step === STORY[0]) return stage.webPod(REPLICAS.first);
  return step === STORY[1] ? stage.webPod(REPLICAS.later) : pod;
}

function report(expectation: Expectation, { code, stderr }: RunResult, screen: Screen): boolean {
  const isRefused = code !== 0;
  const isExpected =
    expectation.kind === 'Passes' ? !isRefused : isRefused && stderr.includes(`Guardrail "${expectation.by}" denied`);
  const outcome = isRefused ? 'refused' : 'passed';
  if (isExpected) screen.line(`   -> ${outcome}, as it should be`, 'green');
  else screen.line(`   -> ${outcome}, which was not expected`, 'red');
  screen.line();
  return isExpected;
}

async function showTrail(stage: Stage, screen: Screen): Promise<boolean> {
  const denials = STORY.filter(({ expect }) => expect.kind === 'Refused').length;
  // Alike ones share a record: scaling by two ways is the same action, and so is a repeated one.
  const records = new Set(STORY.filter(({ expect }) => expect.kind === 'Refused').map(recordOf)).size;
  const isComplete = await stage.recordsOf(records);
  screen.line('All of it is on record, what was allowed too:', 'bold');
  const args = ['get', 'guardrailviolations', '-A'];
  screen.line(`   admin$ kubectl ${args.join(' ')}`, 'cyan');
  const { stdout } = await stage.kubectl('admin', args);
  for (const line of stdout.trimEnd().split('\n')) screen.line(`   ${line}`);
  screen.line();
  if (!isComplete) screen.line(`   -> ${denials} refusals should be there, in ${records} records or more`, 'red');
  return isComplete;
}

const recordOf = ({ expect, args }: Step): string =>
  expect.kind === 'Refused' ? `${expect.by} ${args[0] === 'delete'}` : '';

const quoted = (arg: string): string => (/^[\w./:=@,-]+$/.test(arg) ? arg : `'${arg}'`);
