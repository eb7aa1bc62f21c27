/** What an expression can read. */
export const VARIABLES = ['object', 'oldObject', 'target', 'options', 'namespaceObject', 'request', 'action'] as const;

/** The name of a variable. */
export type Variable = (typeof VARIABLES)[number];

const NAMES: ReadonlySet<string> = new Set(VARIABLES);

/** Whether there is a variable of that name. */
export function isVariable(name: string): name is Variable {
  return NAMES.has(name);
}
