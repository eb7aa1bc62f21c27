import { compile, type JSONSchema } from 'json-schema-to-typescript';
import { type KindSchema, mapSchema, type Schema } from './crd-schemas.ts';

/** Turns the CRD schemas into TypeScript: one interface per titled schema, made once however often it occurs. */
export async function generateTypes(kinds: readonly KindSchema[], header: string): Promise<string> {
  const definitions: Record<string, Schema> = {
    ObjectMeta: {
      title: 'ObjectMeta',
      description: 'The part of metav1.ObjectMeta that the operator reads.',
      type: 'object',
      additionalProperties: false,
      properties: {
        name: { type: 'string' },
        namespace: { type: 'string' },
        uid: { type: 'string' },
        generation: { type: 'integer' },
        resourceVersion: { type: 'string' },
        creationTimestamp: { type: 'string' },
        deletionTimestamp: { type: 'string' },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        annotations: { type: 'object', additionalProperties: { type: 'string' } },
      },
    },
  };
  const roots = kinds.map(({ schema }) => {
    const hoisted = mapSchema(schema, (inner) => {
      const { title, default: _default, ...rest } = forTypes(inner);
      if (typeof title !== 'string') return rest;
      definitions[title] ??= { title, ...rest };
      return { $ref: `#/definitions/${title}` };
    });
    return hoisted;
  });
  const root = { title: 'Kinds', anyOf: roots, definitions } as unknown as JSONSchema;
  const code = await compile(root, 'Kinds', {
    bannerComment: header,
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
    unreachableDefinitions: false,
    style: { singleQuote: true, printWidth: 120 },
  });
  return code;
}

function forTypes(schema: Schema): Schema {
  const { pattern: _pattern, format: _format, ...rest } = schema;
  if (rest['x-kubernetes-int-or-string'] === true) return { ...rest, type: ['integer', 'string'] };
  if (rest['x-kubernetes-preserve-unknown-fields'] === true) return { ...rest, tsType: 'unknown' };
  if (isMetadata(rest)) return { $ref: '#/definitions/ObjectMeta' };
  return rest;
}

/** A CRD spells metadata as a bare object: its schema is the API server's own. */
const isMetadata = (schema: Schema): boolean =>
  schema.type === 'object' && schema.properties === undefined && schema.additionalProperties === undefined;
