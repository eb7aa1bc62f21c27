/**
 * Writes the files that are made from others: the API's types and schemas, for the code and for editors, from crds/,
 * docs/actions.md from the action catalogue, and the tables and kustomizations of the library from its guardrails. With --check it writes nothing, and fails if a file is not what it would write.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { GROUP, VERSION } from '../src/api/group-version.ts';
import { generateActionsDoc } from './generate/actions-doc.ts';
import { readKinds } from './generate/crd-schemas.ts';
import { generateEditorSchemas, generateFileSchema } from './generate/editor-schemas.ts';
import { generateLibrary } from './generate/library.ts';
import { generateSchemas } from './generate/schemas.ts';
import { generateTypes } from './generate/types.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const HEADER = '/* Code generated from crds/ by `make generate`. DO NOT EDIT. */';

const kinds = readKinds([
  `${root}crds/guardrails.dev_guardrails.yaml`,
  `${root}crds/guardrails.dev_guardrailviolations.yaml`,
]);

const files: Record<string, string> = {
  'src/api/v1alpha1.ts': await generateTypes(kinds, HEADER),
  'src/api/v1alpha1.schema.ts': generateSchemas(kinds, HEADER),
  'docs/actions.md': generateActionsDoc(
    '<!-- Generated from src/policy/actions by `make generate`. DO NOT EDIT. -->\n',
  ),
};

// Nobody but the operator writes the other kinds.
const written = kinds.filter(({ kind }) => kind === 'Guardrail');
for (const [name, text] of generateEditorSchemas(written, GROUP, VERSION)) files[`crds/schemas/${name}`] = text;

for (const [name, text] of generateLibrary(`${root}examples/library`)) files[`examples/library/${name}`] = text;

const check = process.argv.includes('--check');
const stale: string[] = [];
for (const [file, text] of Object.entries(files)) write(file, text);

// Made from what may just have been written.
const { SUITE_SCHEMA } = await import('../src/cli/testing/suite-schema.ts');
const { SUITE_KIND } = await import('../src/cli/documents/load.ts');
const { CLI_API_VERSION } = await import('../src/cli/report/structured.ts');
write('crds/schemas/guardrailtestsuite_v1alpha1.json', generateFileSchema(SUITE_SCHEMA, SUITE_KIND, CLI_API_VERSION));
if (stale.length > 0) {
  process.stderr.write(`not current: ${stale.join(', ')}\nRun "make generate" and commit the result.\n`);
  process.exitCode = 1;
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function write(file: string, text: string): void {
  if (!check) writeFileSync(root + file, text);
  else if (readOrEmpty(root + file) !== text) stale.push(file);
}
