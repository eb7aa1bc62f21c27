import type { ASTOperator } from '@marcbachmann/cel-js';
import { compileField, compileIndex, compileOptionalField, compileOptionalIndex } from './access.ts';
import { compileCall, compileMethod } from './calls.ts';
import { compileList, compileLiteral, compileMap } from './literals.ts';
import { compileLogic, compileTernary } from './logic.ts';
import { compileName } from './names.ts';
import { compileBinary, compileMinus, compileNot } from './operators.ts';
import { type Evaluate, type Node, type Program, Scope } from './program.ts';

type Compile<Op extends ASTOperator> = (node: Node<Op>, scope: Scope) => Evaluate;

/** How each operator of the syntax tree is compiled. */
const COMPILERS: { readonly [Op in ASTOperator]: Compile<Op> } = {
  value: compileLiteral,
  id: compileName,
  '.': compileField,
  '.?': compileOptionalField,
  '[]': compileIndex,
  '[?]': compileOptionalIndex,
  call: compileCall,
  rcall: compileMethod,
  list: compileList,
  map: compileMap,
  '?:': compileTernary,
  '||': compileLogic,
  '&&': compileLogic,
  '!_': compileNot,
  '-_': compileMinus,
  '==': compileBinary,
  '!=': compileBinary,
  in: compileBinary,
  '+': compileBinary,
  '-': compileBinary,
  '*': compileBinary,
  '/': compileBinary,
  '%': compileBinary,
  '<': compileBinary,
  '<=': compileBinary,
  '>': compileBinary,
  '>=': compileBinary,
};

/** Compiles a syntax tree into functions. Throws PolicySyntaxError for what it does not know, or what would cost too much. */
export function compileTree(root: Node, program: Program): Evaluate {
  return compileNode(root, new Scope(program, compileNode));
}

function compileNode(node: Node, scope: Scope): Evaluate {
  scope.program.nodes += 1;
  return (COMPILERS[node.op] as Compile<ASTOperator>)(node, scope);
}
