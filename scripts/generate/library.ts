import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Guardrail } from '../../src/api/v1alpha1.ts';

/** The folders of the library, in the order in which people read it, and what each is for. */
const PURPOSES: Readonly<Record<string, string>> = {
  workloads: 'Scaling, deleting and loosening of what runs',
  images: 'Where images come from, and who brings them in',
  network: 'What is opened to whom',
  access: 'Shells, tunnels and tokens',
  rbac: 'Who is given which rights',
  storage: 'What would lose data',
  nodes: 'What takes capacity away',
  namespaces: 'What would take a whole namespace along',
  gitops: 'Who may change what a repository says',
  freezes: 'When changes are welcome',
  'self-protection': 'What would switch the guardrails off',
};

const BEGIN = '<!-- BEGIN: generated from the guardrails by `make generate`. DO NOT EDIT. -->';
const END = '<!-- END -->';

/** One guardrail of the library. */
interface Entry {
  readonly folder: string;
  readonly file: string;
  readonly guardrail: Guardrail;
}

/** Writes the files of examples/library that are made from its guardrails, by path: the table of the README, and what kustomize reads. */
export function generateLibrary(root: string): Map<string, string> {
  const entries = readLibrary(root);
  const folders = Object.keys(PURPOSES);
  return new Map([
    ['README.md', withTable(readFileSync(`${root}/README.md`, 'utf8'), entries)],
    ['kustomization.yaml', kustomization(folders)],
    ...folders.map((folder): [string, string] => [
      `${folder}/kustomization.yaml`,
      kustomization(entries.filter((entry) => entry.folder === folder).map(({ file }) => file)),
    ]),
  ]);
}

/** Reads every guardrail. Throws for a folder that has no purpose here, and for a file whose name is not that of its guardrail. */
function readLibrary(root: string): Entry[] {
  const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const strange = folders.filter(({ name }) => !Object.hasOwn(PURPOSES, name)).map(({ name }) => name);
  if (strange.length > 0) throw new Error(`examples/library: must not have the folders ${strange.join(', ')}`);
  return Object.keys(PURPOSES).flatMap((folder) =>
    readdirSync(`${root}/${folder}`)
      .filter((file) => file.endsWith('.yaml') && file !== 'kustomization.yaml')
      .toSorted((a, b) => a.localeCompare(b))
      .map((file) => {
        const guardrail = parse(readFileSync(`${root}/${folder}/${file}`, 'utf8')) as Guardrail;
        if (`${guardrail.metadata?.name}.yaml` !== file)
          throw new Error(`${folder}/${file}: must be named as its guardrail`);
        return { folder, file, guardrail };
      }),
  );
}

function kustomization(resources: readonly string[]): string {
  const lines = resources.map((resource) => `  - ${resource}`);
  return ['apiVersion: kustomize.config.k8s.io/v1beta1', 'kind: Kustomization', 'resources:', ...lines, ''].join('\n');
}

function withTable(text: string, entries: readonly Entry[]): string {
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error(`examples/library/README.md: must have ${BEGIN} and ${END}`);
  return `${before}${BEGIN}\n\n${tables(entries)}\n\n${END}${after}`;
}

function tables(entries: readonly Entry[]): string {
  const tests = entries.reduce((sum, { guardrail }) => sum + (guardrail.spec.tests?.length ?? 0), 0);
  const sections = Object.entries(PURPOSES).map(([folder, purpose]) => {
    const rows = entries.filter((entry) => entry.folder === folder).map(row);
    const head = ['| Guardrail | Severity | Actions | Tests | What it is for |', '| --- | --- | --- | --- | --- |'];
    return [`### ${folder}`, '', `${purpose}.`, '', ...head, ...rows].join('\n');
  });
  return [`${entries.length} guardrails, with ${tests} tests.`, ...sections].join('\n\n');
}

function row({ folder, file, guardrail: { spec } }: Entry): string {
  const cells = [
    `[${file.replace(/\.yaml$/, '')}](${folder}/${file})`,
    spec.severity ?? 'Medium',
    spec.match.actions.join(', '),
    String(spec.tests?.length ?? 0),
    (spec.description ?? '').trim().replaceAll('\n', ' ').replaceAll('|', '\\|'),
  ];
  return `| ${cells.join(' | ')} |`;
}
