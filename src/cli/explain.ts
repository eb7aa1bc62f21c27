import type { ExplainableGuardrail } from '../policy/explain/explanation.ts';
import { simulate } from '../simulation/simulate.ts';
import { type CheckedGuardrail, checkGuardrail } from './checking/check-guardrail.ts';
import { type Command, ExitCode, UsageError } from './command.ts';
import { didYouMean } from './did-you-mean.ts';
import { load } from './documents/load.ts';
import { positionText } from './documents/position.ts';
import { problemText } from './documents/problem.ts';
import { STDIN } from './documents/source-files.ts';
import { parseArguments, seeHelp } from './flags.ts';
import { EXPLAIN_FORMATS, type ExplainedReview, explainText, isAllowed } from './report/explain-report.ts';
import { paintFor } from './report/paint.ts';
import { oneLine } from './report/printable.ts';
import { explainReview } from './requests/explain-review.ts';
import type { RequestInput } from './requests/request-file.ts';
import { REQUEST_FLAGS, requestOfFlags } from './requests/request-flags.ts';
import { type SimulatedRequest, simulatedRequest } from './requests/simulation-input.ts';

const FLAGS = {
  ...REQUEST_FLAGS,
  guardrail: { value: 'NAME', help: 'explain this guardrail alone' },
  output: { short: 'o', value: 'FORMAT', choices: EXPLAIN_FORMATS, help: 'how to print it; default table' },
  'no-color': { help: 'no colours; as the environment variable NO_COLOR' },
  verbose: { short: 'v', help: 'show also guardrails of other resources and actions, and what is not asked' },
} as const;

/** `guardrails explain`: says why guardrails make of a request what they do, without a cluster. */
export const explainCommand: Command = {
  name: 'explain',
  summary: 'say why guardrails make of a request what they do, without a cluster',
  about: `Says what guardrails make of one request, and why: of each, which of its questions held, the value of each entry under
when, and the answer.

The request is an AdmissionReview or a request as in spec.tests (--request), that of a test (--test), or what leads from one
manifest to another (--old, --new).`,
  usage: [
    'PATH... --request FILE [flags]',
    'PATH... --old FILE --new FILE [--user NAME] [flags]',
    'PATH... --test NAME [flags]',
  ],
  operands: { kind: 'Paths', name: 'PATH' },
  flags: FLAGS,
  notes:
    'Exit codes: 0 the request is allowed, 1 it is denied, 2 wrong arguments, or files or guardrails that are wrong.',
  run: async (argv, io) => {
    const { flags, operands } = parseArguments('explain', FLAGS, argv);
    if (operands.length === 0) throw new UsageError(`a PATH is missing. ${seeHelp('explain')}`);
    const files = [flags.request, flags.old, flags.new, flags.target, ...flags.existing, ...operands];
    if (files.filter((file) => file === STDIN).length > 1)
      throw new UsageError('the standard input can be read only once');
    const loaded = await load(io, operands, 'Guardrails');
    const checked = loaded.guardrails.map(checkGuardrail);
    const problems = [...loaded.problems, ...checked.flatMap((one) => one.problems)];
    for (const problem of problems) {
      io.stderr.write(`${oneLine(positionText(problem.position))}: ${oneLine(problemText(problem))}\n`);
    }
    const input = await requestOfFlags(flags, checked, io);
    const guardrails = chosen(checked, flags.guardrail);
    if (guardrails.length === 0) throw new UsageError('no guardrail could be read, so that nothing can be told');
    const now = input.now ?? new Date();
    const report = { reviews: await explainAll(guardrails, input, now), now };
    const format = EXPLAIN_FORMATS.find((one) => one === flags.output) ?? 'table';
    const paint = paintFor(io, flags['no-color']);
    // Who asks of one guardrail wants to see it, although the request is none of its business.
    const showsAll = flags.verbose || guardrails.length === 1;
    io.stdout.write(explainText(report, format, { paint, isVerbose: flags.verbose, showsAll }));
    if (problems.length > 0) {
      io.stderr.write('This is not the whole answer: not every guardrail could be read.\n');
      return ExitCode.usage;
    }
    return isAllowed(report) ? ExitCode.ok : ExitCode.failed;
  },
};

function chosen(checked: readonly CheckedGuardrail[], name: string | undefined): readonly ExplainableGuardrail[] {
  const all = checked.filter((one) => name === undefined || one.name === name);
  if (name !== undefined && all.length === 0) {
    const known = checked.map((one) => one.name);
    throw new UsageError(`--guardrail must be one of the guardrails: there is no "${name}"${didYouMean(name, known)}`);
  }
  return all.flatMap(({ guardrail, compiled }) =>
    compiled === undefined ? [] : [{ source: guardrail, loaded: compiled }],
  );
}

async function explainAll(
  guardrails: readonly ExplainableGuardrail[],
  input: RequestInput,
  now: Date,
): Promise<readonly ExplainedReview[]> {
  const { review, cluster } = requestOf(input);
  const judged = await simulate(
    guardrails.map(({ loaded }) => loaded),
    review,
    cluster,
    now,
  );
  const explained: ExplainedReview[] = [];
  for (const { review: one, decision } of judged) {
    explained.push({ review: one, decision, explanations: await explainReview(guardrails, one, cluster, now) });
  }
  return explained;
}

function requestOf(input: RequestInput): SimulatedRequest {
  try {
    return simulatedRequest(input);
  } catch (error) {
    throw new UsageError(`the API server would never send such a request: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
