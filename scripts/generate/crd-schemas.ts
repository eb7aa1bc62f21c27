import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** A JSON Schema, or a part of one, as it stands in a CRD. */
export type Schema = { [key: string]: unknown };

/** What a CRD says of one kind: all that the generated files are made from. */
export interface KindSchema {
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly schema: Schema;
}

/** Reads the CRD files. Returns one entry per kind with the schema of its only version. Throws if a file is not a CRD of one version. */
export function readKinds(files: readonly string[]): KindSchema[] {
  return files.map((file) => {
    const crd = parse(readFileSync(file, 'utf8')) as {
      spec: {
        scope: string;
        names: { kind: string; plural: string };
        versions: { schema: { openAPIV3Schema: Schema } }[];
      };
    };
    const [version, ...others] = crd.spec.versions;
    if (version === undefined || others.length > 0) throw new Error(`${file}: must have exactly one version`);
    return {
      kind: crd.spec.names.kind,
      plural: crd.spec.names.plural,
      namespaced: crd.spec.scope === 'Namespaced',
      schema: version.schema.openAPIV3Schema,
    };
  });
}

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Copies a schema with `change` applied to each schema in it, innermost first. */
export function mapSchema(schema: Schema, change: (schema: Schema) => Schema): Schema {
  const copy: Schema = { ...schema };
  if (isSchema(copy.properties)) {
    copy.properties = Object.fromEntries(
      Object.entries(copy.properties).map(([name, inner]) => [name, mapSchema(inner as Schema, change)]),
    );
  }
  if (isSchema(copy.items)) copy.items = mapSchema(copy.items, change);
  if (isSchema(copy.additionalProperties)) copy.additionalProperties = mapSchema(copy.additionalProperties, change);
  return change(copy);
}
