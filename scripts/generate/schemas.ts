import { type KindSchema, mapSchema, type Schema } from './crd-schemas.ts';

/**
 * Turns the CRD schemas into the schemas that ajv compiles: as in the CRD, but closed, so that a misspelt field is found
 * offline as the API server's strict validation would find it.
 */
export function generateSchemas(kinds: readonly KindSchema[], header: string): string {
  const entries = kinds.map(({ kind, schema }) => {
    const closed = mapSchema(schema, close);
    return `  ${kind}: ${JSON.stringify(closed, null, 2).replaceAll('\n', '\n  ')},`;
  });
  return `${header}\n\n/** The schema of each kind, by its name. */\nexport const schemas = {\n${entries.join('\n')}\n} as const;\n`;
}

function close(schema: Schema): Schema {
  const { title: _title, description: _description, ...rest } = schema;
  if (rest['x-kubernetes-int-or-string'] === true) return { ...rest, type: ['integer', 'string'] };
  if (rest.properties === undefined || rest['x-kubernetes-preserve-unknown-fields'] === true) return rest;
  return { ...rest, additionalProperties: false };
}
