import { type Binary, type Node, type Program, positionAfter, refusal } from './program.ts';

const EQUALITY: ReadonlySet<string> = new Set(['==', '!=']);
const RELATIONS: ReadonlySet<string> = new Set(['<', '<=', '>', '>=', 'in']);

/**
 * In CEL all comparisons bind alike, from the left, but the parser lets == and != bind weaker than the others. So
 * `a == b < c` would be read otherwise than everywhere else: it is refused, unless parentheses say what is meant.
 */
export function refuseMixedComparison(node: Node<Binary>, program: Program): void {
  const [left, right] = node.args;
  if (!EQUALITY.has(node.op) || !RELATIONS.has(right.op)) return;
  const [leftOfRight] = (right as Node<Binary>).args;
  const outer = positionAfter(left, node.op, program);
  const inner = positionAfter(leftOfRight, right.op, program);
  // The inner operator stands in parentheses that begin after the outer one.
  if (depth(program.code.slice(outer - 1, inner - 1)) > 0) return;
  throw refusal(`"${node.op}" and "${right.op}" bind alike: one of them needs parentheses`, outer);
}

function depth(code: string): number {
  return code.split('(').length - code.split(')').length;
}
