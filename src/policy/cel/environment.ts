import { Environment } from '@marcbachmann/cel-js';
import { FUNCTIONS } from './functions.ts';
import type { Overload, Parameter } from './overload.ts';
import { Quantity } from './values.ts';
import type { Variable } from './variables.ts';

/** The limits of the syntax tree. */
export const LIMITS = { maxAstNodes: 500, maxDepth: 50, maxListElements: 100, maxMapEntries: 100, maxCallArguments: 8 };

/** Stands for has() where types are checked: the library's own takes no field of an item, as in has(list[0].name). */
export const PRESENCE_TEST = 'HAS';

/** The types of the variables. Objects of the cluster can be anything. */
const TYPES: Readonly<Record<Variable, string>> = {
  object: 'dyn',
  oldObject: 'dyn',
  target: 'dyn',
  options: 'dyn',
  namespaceObject: 'dyn',
  request: 'Request',
  action: 'Action',
};

/** The types that have known fields. */
const FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  User: { username: 'string', uid: 'string', groups: 'list<string>' },
  Request: {
    operation: 'string',
    group: 'string',
    version: 'string',
    resource: 'string',
    subresource: 'string',
    namespace: 'string',
    name: 'string',
    dryRun: 'bool',
    userInfo: 'User',
  },
  Change: { path: 'string', from: 'dyn', to: 'dyn' },
  Action: { type: 'string', types: 'list<string>', changes: 'list<Change>' },
};

/** The library parses and checks types. It never evaluates: nothing would bound that. */
function createEnvironment(): Environment {
  const environment = new Environment({ enableOptionalTypes: true, limits: LIMITS });
  const known = new Set(
    environment.getDefinitions().functions.map(({ name, receiverType, params }) =>
      key(
        name,
        receiverType,
        params.map(({ type }) => type),
      ),
    ),
  );
  for (const [name, fields] of Object.entries(FIELDS)) environment.registerType(name, { fields });
  environment.registerType('kubernetes.Quantity', Quantity);
  for (const [name, type] of Object.entries(TYPES)) environment.registerVariable(name, type);
  const signatures = FUNCTIONS.filter((overload) => !isKnown(overload, known)).map(signatureOf);
  for (const signature of [...signatures, 'matches(string, string): bool', `${PRESENCE_TEST}(dyn): bool`]) {
    environment.registerFunction(signature, () => undefined);
  }
  for (const type of ['kubernetes.Quantity', 'optional']) {
    environment.registerOperator(`${type} == ${type}`, () => false);
  }
  return environment;
}

function isKnown({ name, isMethod, takes }: Overload, known: ReadonlySet<string>): boolean {
  const types = takes.map(typeName);
  const [receiver, ...rest] = types;
  // The functions of optionals and those that take anything are the language's.
  if (name.startsWith('optional.') || takes.includes('dyn')) return true;
  return known.has(isMethod ? key(name, receiver, rest) : key(name, undefined, types));
}

function signatureOf({ name, isMethod, takes, gives }: Overload): string {
  const types = takes.map(typeName);
  const head = isMethod ? `${types[0]}.${name}` : name;
  return `${head}(${types.slice(Number(isMethod)).join(', ')}): ${typeName(gives)}`;
}

function key(name: string, receiver: string | null | undefined, types: readonly string[]): string {
  return [receiver ?? '', name, ...types].map((type) => type.replace(/<.*>/, '')).join(' ');
}

const TYPE_NAMES: Readonly<Partial<Record<Parameter, string>>> = { null_type: 'null', optional_type: 'optional' };

function typeName(parameter: Parameter): string {
  return TYPE_NAMES[parameter] ?? parameter;
}

/** What expressions are parsed and checked in. */
export const ENVIRONMENT = createEnvironment();
