import { type Evaluate, type Node, positionOf, refusal, type Scope } from './program.ts';
import { TypeName } from './values.ts';
import { isVariable, VARIABLES } from './variables.ts';

/** The types that have a name in an expression, and what `type()` gives for their values. */
const TYPE_NAMES: ReadonlyMap<string, TypeName> = new Map(
  [
    'bool',
    'int',
    'uint',
    'double',
    'string',
    'bytes',
    'list',
    'map',
    'null_type',
    'type',
    'google.protobuf.Timestamp',
    'google.protobuf.Duration',
  ].map((name) => [name, new TypeName(name)]),
);

/** Compiles a name: of a local variable, a variable or a type. */
export function compileName(node: Node<'id'>, scope: Scope): Evaluate {
  const name = node.args;
  const local = scope.local(name);
  const slot = local ?? (isVariable(name) ? scope.program.slotOf(name) : undefined);
  if (slot !== undefined) return ({ slots }) => slots[slot] ?? null;
  const type = TYPE_NAMES.get(name);
  if (type !== undefined) return () => type;
  throw refusal(`unknown variable "${name}" (there are ${VARIABLES.join(', ')})`, positionOf(node));
}

/** Compiles a name with dots, if it is the name of a type. */
export function compileDottedName(node: Node<'.'>, scope: Scope): Evaluate | undefined {
  const name = dottedName(node);
  const type =
    name === undefined || scope.local(name.slice(0, name.indexOf('.'))) !== undefined
      ? undefined
      : TYPE_NAMES.get(name);
  return type && (() => type);
}

function dottedName(node: Node): string | undefined {
  if (node.op === 'id') return node.args;
  if (node.op !== '.') return undefined;
  const before = dottedName(node.args[0]);
  return before && `${before}.${node.args[1]}`;
}
