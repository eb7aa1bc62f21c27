import { type KindSchema, mapSchema, type Schema } from './crd-schemas.ts';

/** The words that only the API server knows. */
const SERVER_WORDS = /^x-kubernetes-/;

/** What everybody writes under metadata. The API server knows more; editors need not complain of it. */
const METADATA: Schema = {
  description: 'The name of the object, its labels and annotations.',
  type: 'object',
  required: ['name'],
  properties: {
    name: { description: 'The name of the object.', type: 'string' },
    namespace: { description: 'The namespace of the object.', type: 'string' },
    labels: { description: 'Labels.', type: 'object', additionalProperties: { type: 'string' } },
    annotations: { description: 'Annotations.', type: 'object', additionalProperties: { type: 'string' } },
  },
};

/**
 * Turns the CRD schemas into JSON Schemas (draft 7) for editors, by file name: with all descriptions, closed, so that a
 * misspelt field is marked, and without status, which nobody writes.
 */
export function generateEditorSchemas(
  kinds: readonly KindSchema[],
  group: string,
  version: string,
): Map<string, string> {
  return new Map(
    kinds.map(({ kind, schema }) => {
      const { status: _status, ...properties } = schema.properties as Record<string, Schema>;
      const { title, description, ...closed } = mapSchema({ ...schema, properties }, close);
      const document = {
        $schema: 'http://json-schema.org/draft-07/schema#',
        title,
        description,
        ...closed,
        required: ['apiVersion', 'kind', 'metadata', 'spec'],
        properties: {
          ...(closed.properties as Record<string, Schema>),
          apiVersion: { description: 'The API group and version.', const: `${group}/${version}` },
          kind: { description: 'The kind of this object.', const: kind },
          metadata: METADATA,
        },
      };
      return [`${kind.toLowerCase()}_${version}.json`, `${JSON.stringify(document, null, 2)}\n`];
    }),
  );
}

/** The JSON Schema of a file of the command line, for editors. */
export function generateFileSchema(schema: Schema, title: string, apiVersion: string): string {
  const document = mapSchema(schema, close);
  const properties = document.properties as Record<string, Schema>;
  const told = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title,
    ...document,
    properties: { ...properties, apiVersion: { const: apiVersion }, kind: { const: title } },
  };
  return `${JSON.stringify(told, null, 2)}\n`;
}

function close(schema: Schema): Schema {
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] === true;
  const isText = schema['x-kubernetes-int-or-string'] === true;
  const rest = Object.fromEntries(Object.entries(schema).filter(([key]) => !SERVER_WORDS.test(key)));
  if (isText) return { ...rest, type: ['integer', 'string'] };
  return rest.properties === undefined || isOpen ? rest : { ...rest, additionalProperties: false };
}
