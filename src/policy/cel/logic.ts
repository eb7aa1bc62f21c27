import { notBoolean, notTaken } from './operators.ts';
import { type Evaluate, type Node, positionAfter, type Scope, startOf } from './program.ts';
import { Failure, type Result } from './values.ts';

/**
 * Compiles && and ||. Whichever side decides alone, decides: also if it stands on the right and the left one failed, so that
 * the order does not matter.
 */
export function compileLogic(node: Node<'&&' | '||'>, scope: Scope): Evaluate {
  const [leftNode, rightNode] = node.args;
  const [left, right] = [scope.compile(leftNode), scope.compile(rightNode)];
  const position = positionAfter(leftNode, node.op, scope.program);
  const deciding = node.op === '||';
  return (frame) => {
    const one = left(frame);
    if (one === deciding) return deciding;
    const other = right(frame);
    if (other === deciding) return deciding;
    return combined(one, other, node.op, position);
  };
}

function combined(one: Result, other: Result, operator: string, position: number): Result {
  if (one instanceof Failure) return one;
  if (other instanceof Failure) return other;
  const areBooleans = typeof one === 'boolean' && typeof other === 'boolean';
  return areBooleans ? other : notTaken(operator, [one, other], position);
}

/** Compiles `condition ? one : other`. */
export function compileTernary(node: Node<'?:'>, scope: Scope): Evaluate {
  const [conditionNode, oneNode, otherNode] = node.args;
  const [condition, one, other] = [scope.compile(conditionNode), scope.compile(oneNode), scope.compile(otherNode)];
  const position = startOf(conditionNode);
  return (frame) => {
    const value = condition(frame);
    if (typeof value === 'boolean') return value ? one(frame) : other(frame);
    return value instanceof Failure ? value : notBoolean(value, position);
  };
}
