import { PolicySyntaxError } from '../field-error.ts';
import { compileSearchExpression, type SearchExpression } from '../regular-expression.ts';
import { notTaken } from './operators.ts';
import { type Evaluate, type Node, positionOf, refusal, type Scope } from './program.ts';
import { Failure } from './values.ts';

/** Each takes time to compile. */
const MAX_PATTERNS = 16;

/**
 * Compiles matches(), which finds an RE2 pattern anywhere in a text. The pattern must be written as a string: it is compiled
 * here, and never on the way of a request.
 */
export function compileMatches(textNode: Node, patternNode: Node, position: number, scope: Scope): Evaluate {
  const pattern = compilePattern(patternNode, scope);
  const text = scope.compile(textNode);
  return (frame) => {
    const value = text(frame);
    if (value instanceof Failure) return value;
    if (typeof value !== 'string') return notTaken('matches', [value], position);
    frame.budget.charge(value.length * pattern.stepsPerCharacter);
    return pattern.isIn(value);
  };
}

function compilePattern(node: Node, { program }: Scope): SearchExpression {
  const position = positionOf(node);
  if (node.op !== 'value' || typeof node.args !== 'string') {
    throw refusal('the pattern of matches() is not written as a string', position);
  }
  program.patterns += 1;
  if (program.patterns > MAX_PATTERNS) throw refusal(`more than ${MAX_PATTERNS} regular expressions`, position);
  try {
    return compileSearchExpression(node.args);
  } catch (error) {
    if (!(error instanceof PolicySyntaxError)) throw error;
    throw refusal(`the pattern of matches() ${error.message}`, position);
  }
}
