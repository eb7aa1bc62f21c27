/** Something that a reader of a tutorial does, in the order of the document. */
export type Step = WriteStep | EditStep | RunStep;

/** Where a step stands in the document. */
interface Place {
  /** From 1. */
  readonly line: number;
}

/** Text for a file: a block of yaml whose first line is a comment with its name. Who copies the block copies the comment. */
export interface WriteStep extends Place {
  readonly kind: 'Write';
  readonly file: string;
  /** Whether it goes to the end of what is there: `# name, at the end`. */
  readonly isAppended: boolean;
  readonly text: string;
}

/** A change of a file: a block of diff that begins with `--- name`. `-` and context lines must be there once, and in one piece. */
export interface EditStep extends Place {
  readonly kind: 'Edit';
  readonly file: string;
  readonly hunks: readonly Hunk[];
}

/** What is there, and what is to be there instead. */
export interface Hunk {
  readonly before: string;
  readonly after: string;
}

/** A command, and what it must print: a line in a block of console that begins with `$ `, and the lines below it. */
export interface RunStep extends Place {
  readonly kind: 'Run';
  readonly command: string;
  readonly output: readonly string[];
  /** 0, but for the last command of a block that says otherwise: ```console exit=1 */
  readonly exitCode: number;
}

interface Block extends Place {
  /** What stands behind the fence, such as `console exit=1`. */
  readonly info: string;
  readonly lines: readonly string[];
}

const PROMPT = '$ ';
const CONTINUED = '> ';

/** Returns all that a tutorial lets its reader do. Throws if there is a block that is none of the known ones. */
export function stepsOf(document: string): readonly Step[] {
  return blocksOf(document).flatMap((block) => {
    const [language = '', ...rest] = block.info.split(' ');
    const read = READERS.get(language);
    if (read === undefined) throw new Error(`line ${block.line}: a block of "${block.info}" can't be tested`);
    return read(block, rest);
  });
}

const READERS: ReadonlyMap<string, (block: Block, attributes: readonly string[]) => readonly Step[]> = new Map([
  ['yaml', writeStep],
  ['diff', editStep],
  ['console', runSteps],
]);

function blocksOf(document: string): Block[] {
  const blocks: { info: string; lines: string[]; line: number }[] = [];
  let open: (typeof blocks)[number] | undefined;
  for (const [index, line] of document.split('\n').entries()) {
    const fence = /^\s*```(.*)$/.exec(line)?.[1]?.trim();
    if (fence === undefined) open?.lines.push(line);
    else if (open === undefined) open = { info: fence, lines: [], line: index + 1 };
    else {
      blocks.push(open);
      open = undefined;
    }
  }
  if (open !== undefined) throw new Error(`line ${open.line}: the block does not end`);
  return blocks;
}

function writeStep({ line, lines }: Block): readonly Step[] {
  const [, file, end] = /^# (\S+\.ya?ml)(, at the end)?$/.exec(lines[0] ?? '') ?? [];
  if (file === undefined) throw new Error(`line ${line}: the first line must be a comment with the file's name`);
  return [{ kind: 'Write', line, file, isAppended: end !== undefined, text: `${lines.join('\n')}\n` }];
}

function editStep({ line, lines }: Block): readonly Step[] {
  const [head = '', ...body] = lines;
  const file = /^--- (\S+)$/.exec(head)?.[1];
  if (file === undefined) throw new Error(`line ${line}: the first line must be "--- " and the file's name`);
  const hunks: { before: string[]; after: string[] }[] = [];
  for (const text of ['@@', ...body]) {
    const hunk = hunks.at(-1);
    if (text.startsWith('@@')) hunks.push({ before: [], after: [] });
    else if (text.startsWith('-')) hunk?.before.push(text.slice(1));
    else if (text.startsWith('+')) hunk?.after.push(text.slice(1));
    else if (text.startsWith(' ') || text === '') {
      hunk?.before.push(text.slice(1));
      hunk?.after.push(text.slice(1));
    } else throw new Error(`line ${line}: a line of a diff begins with "+", "-", " " or "@@", not as "${text}"`);
  }
  const joined = hunks.map(({ before, after }) => ({ before: joinLines(before), after: joinLines(after) }));
  return [{ kind: 'Edit', line, file, hunks: joined }];
}

const joinLines = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

function runSteps({ line, lines }: Block, attributes: readonly string[]): readonly Step[] {
  const steps: { kind: 'Run'; line: number; command: string; output: string[]; exitCode: number }[] = [];
  for (const [index, text] of lines.entries()) {
    const step = steps.at(-1);
    if (text.startsWith(PROMPT)) {
      steps.push({ kind: 'Run', line: line + index + 1, command: text.slice(PROMPT.length), output: [], exitCode: 0 });
    } else if (step === undefined) {
      throw new Error(`line ${line}: the first line must be a command`);
    } else if (text.startsWith(CONTINUED) && step.output.length === 0) {
      step.command += `\n${text.slice(CONTINUED.length)}`;
    } else step.output.push(text);
  }
  const last = steps.at(-1);
  if (last === undefined) throw new Error(`line ${line}: there is no command`);
  last.exitCode = exitCodeOf(attributes, line);
  return steps;
}

function exitCodeOf(attributes: readonly string[], line: number): number {
  const [attribute, ...more] = attributes;
  if (attribute === undefined) return 0;
  const code = /^exit=([1-9]\d*)$/.exec(attribute)?.[1];
  if (code === undefined || more.length > 0)
    throw new Error(`line ${line}: "${attributes.join(' ')}" must be exit=CODE`);
  return Number(code);
}
