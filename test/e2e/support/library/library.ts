import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { ActionType, Guardrail, GuardrailTest } from '../../../../src/api/v1alpha1.ts';
import { compileGuardrail } from '../../../../src/policy/compile.ts';
import type { LoadedGuardrail } from '../../../../src/policy/compiled-guardrail.ts';
import type { Finding } from '../../../../src/policy/decision.ts';
import type { KubeObject } from '../../../../src/policy/review.ts';
import { simulate } from '../../../../src/simulation/simulate.ts';
import { SimulatedCluster } from '../../../../src/simulation/simulated-cluster.ts';
import { reviewOfRequest } from '../../../../src/simulation/test-request.ts';
import { meets, verdictOf } from '../../../../src/simulation/verdict.ts';
import { inEffectAt, type Placed } from './placed.ts';

const FOLDER = fileURLToPath(new URL('../../../../examples/library/', import.meta.url));

/** A test of a guardrail of the library, and what it is without a cluster. */
export interface LibraryTest {
  /** `workloads/no-scale-to-zero: by kubectl scale`. */
  readonly title: string;
  /** The guardrail as it stands in the library. */
  readonly guardrail: Guardrail;
  readonly test: GuardrailTest;
  /** In effect or not, at the time of the test. */
  readonly placed: Placed;
  /** Every action that the request is, of those that the guardrail asks for. */
  readonly actions: readonly ActionType[];
  readonly isTripped: boolean;
}

/** Reads the library, in the order of its files, and runs each test without a cluster. */
export async function readLibrary(): Promise<readonly LibraryTest[]> {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml') && !file.endsWith('kustomization.yaml'))
    .sort();
  const tests = files.map(async (file) => {
    const guardrail = parse(readFileSync(`${FOLDER}${file}`, 'utf8')) as Guardrail;
    const title = (test: GuardrailTest) => `${file.replace(/\.yaml$/, '')}: ${test.name}`;
    return await Promise.all((guardrail.spec.tests ?? []).map((test) => libraryTest(title(test), guardrail, test)));
  });
  return (await Promise.all(tests)).flat();
}

async function libraryTest(title: string, guardrail: Guardrail, test: GuardrailTest): Promise<LibraryTest> {
  const loaded = compileGuardrail(guardrail);
  const findings = await findingsOf(loaded, test);
  const isTripped = meets(verdictOf(findings), 'Tripped');
  const told = isTripped ? findings : await findingsOf(compileGuardrail(withoutConditions(guardrail)), test);
  return {
    title,
    guardrail,
    test,
    placed: inEffectAt(loaded, timeOf(test)),
    actions: [...new Set(told.filter(isSure).flatMap(({ actions }) => actions))],
    isTripped,
  };
}

const timeOf = (test: GuardrailTest): Date => new Date(test.now ?? 0);
const isSure = ({ reason }: Finding): boolean => reason !== 'EvaluationError' && reason !== 'NotCompiled';

async function findingsOf(loaded: LoadedGuardrail, test: GuardrailTest): Promise<readonly Finding[]> {
  const { request, namespaceLabels } = test;
  const target = test.target as KubeObject | undefined;
  const existing = test.existing as readonly KubeObject[] | undefined;
  const cluster = new SimulatedCluster({ target, namespaceLabels, existing });
  const review = reviewOfRequest(request, target, cluster.resources);
  const judged = await simulate([loaded], review, cluster, timeOf(test));
  return judged.flatMap(({ decision }) => decision.findings);
}

/** A guardrail that tells what its actions make of a request, whoever asks, of whatever and whenever. */
function withoutConditions({ spec, ...guardrail }: Guardrail): Guardrail {
  const { actions, resources, includeStatus } = spec.match;
  const match = {
    actions,
    ...(resources !== undefined && { resources }),
    ...(includeStatus !== undefined && { includeStatus }),
  };
  return { ...guardrail, spec: { enforcement: 'Audit', match } };
}

/** The actions that guardrails of the library ask for. */
export const actionsOf = (tests: readonly LibraryTest[]): readonly ActionType[] => [
  ...new Set(tests.flatMap(({ guardrail }) => guardrail.spec.match.actions)),
];
