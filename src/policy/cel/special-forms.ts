import { compilePresence } from './access.ts';
import { type Evaluate, type Node, positionOf, refusal, type Scope } from './program.ts';
import { Optional } from './values.ts';

/** Compiles has(), which asks for a field without reading it. */
export function compileHas(start: number, field: Node, scope: Scope): Evaluate {
  scope.program.presenceTests.push(start);
  if (field.op !== '.') throw refusal('has() needs a field, as in has(object.spec)', positionOf(field));
  return compilePresence(field, scope);
}

/** Compiles cel.bind(name, value, expression). The value may fail, if nobody reads it. */
export function compileBind(args: readonly Node[], position: number, scope: Scope): Evaluate {
  const [variable, valueNode, bodyNode, ...more] = args;
  if (variable?.op !== 'id' || valueNode === undefined || bodyNode === undefined || more.length > 0) {
    throw refusal('cel.bind() needs a name, a value and an expression', position);
  }
  const value = scope.compile(valueNode);
  const slot = scope.program.newSlot();
  const body = scope.with(variable.args, slot).compile(bodyNode);
  return (frame) => {
    frame.slots[slot] = value(frame);
    return body(frame);
  };
}

/** Compiles or() and orValue() of optionals: the other side is asked for only if it is needed. */
export function compileElse(optionalNode: Node, name: 'or' | 'orValue', otherNode: Node, scope: Scope): Evaluate {
  const [optional, other] = [scope.compile(optionalNode), scope.compile(otherNode)];
  return (frame) => {
    const value = optional(frame);
    // As in cel-go: what is not optional is there.
    if (!(value instanceof Optional)) return value;
    if (value.value === undefined) return other(frame);
    return name === 'or' ? value : value.value;
  };
}
