import { stringify } from 'yaml';

/** What `apiVersion` says in the documents that the command line reads and prints. */
export const CLI_API_VERSION = 'cli.guardrails.dev/v1alpha1';

/** A document of the command line, as JSON or YAML. */
export function structured(kind: string, body: Readonly<Record<string, unknown>>, format: 'json' | 'yaml'): string {
  const document = { apiVersion: CLI_API_VERSION, kind, ...body };
  // Values that stand twice are written twice: readers need not know anchors.
  return format === 'json'
    ? `${JSON.stringify(document, undefined, 2)}\n`
    : stringify(document, { aliasDuplicateObjects: false });
}
