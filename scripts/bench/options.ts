import { parseArgs } from 'node:util';
import { UsageError } from '../../src/cli/command.ts';

/** The parts that can be run alone. */
export const SECTIONS = ['engine', 'start', 'direct', 'api-server'] as const;

/** One of `SECTIONS`. */
export type Section = (typeof SECTIONS)[number];

/** How a report can be printed. */
export const FORMATS = ['table', 'json', 'yaml'] as const;

/** What is to be measured, and how well. */
export interface Options {
  readonly sections: ReadonlySet<Section>;
  readonly rounds: number;
  /** How long each measurement of load takes. */
  readonly seconds: number;
  readonly format: (typeof FORMATS)[number];
  /** Whether a target that is missed is a failure. */
  readonly isCheck: boolean;
}

/** The text of --help. */
export const HELP = `Measures kube-guardrails on a local control plane, beside no webhook, a webhook that does nothing, and
ValidatingAdmissionPolicy. Takes about ten minutes, loads 127.0.0.1 alone, and leaves nothing behind.

Usage: node scripts/bench.ts [flags]

Flags:
  --only SECTION     ${SECTIONS.join(', ')}; can be given more than once (default: all)
  --rounds N         from 1 to 50 (default 5): every variant is measured once in each round
  --seconds S        from 0.1 to 30 (default 1): how long each measurement of load takes
  --quick            two rounds of 0.3 s: shows that it works, and is not for quoting
  --check            end with code 1 if a target is missed
  -o, --output FMT   ${FORMATS.join(', ')} (default table)

Exit codes: 0 it ran, 1 a target is missed and --check was given, 2 wrong flags, 3 the machine failed or it was interrupted.
`;

const SEE_HELP = 'See "node scripts/bench.ts --help".';

/** Reads the flags. Throws a UsageError that names what is wrong. */
export function parseOptions(argv: readonly string[]): Options {
  const values = readFlags(argv);
  const format = FORMATS.find((one) => one === values.output);
  if (format === undefined) throw new UsageError(`--output must be ${FORMATS.join(', ')}, not "${values.output}"`);
  return {
    sections: new Set(values.only === undefined ? SECTIONS : values.only.map(sectionOf)),
    rounds: numberOf('--rounds', values.rounds ?? (values.quick ? '2' : '5'), { least: 1, most: 50, isWhole: true }),
    seconds: numberOf('--seconds', values.seconds ?? (values.quick ? '0.3' : '1'), { least: 0.1, most: 30 }),
    format,
    isCheck: values.check,
  };
}

function readFlags(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        only: { type: 'string', multiple: true },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        quick: { type: 'boolean', default: false },
        check: { type: 'boolean', default: false },
        output: { type: 'string', short: 'o', default: 'table' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}. ${SEE_HELP}`, { cause: error });
  }
}

function sectionOf(text: string): Section {
  const section = SECTIONS.find((one) => one === text);
  if (section === undefined) throw new UsageError(`--only must be ${SECTIONS.join(', ')}, not "${text}"`);
  return section;
}

interface Bounds {
  readonly least: number;
  readonly most: number;
  readonly isWhole?: boolean;
}

function numberOf(flag: string, text: string, { least, most, isWhole = false }: Bounds): number {
  const pattern = isWhole ? /^\d{1,4}$/ : /^\d{1,4}(\.\d{1,3})?$/;
  const value = pattern.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`${flag} must be a ${isWhole ? 'whole ' : ''}number from ${least} to ${most}, not "${text}"`);
}
