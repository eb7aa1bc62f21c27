import { stringify } from 'yaml';
import type { SandboxStatus } from './named-sandbox.ts';

/** How a list of sandboxes can be printed. */
export const STATUS_FORMATS = ['table', 'json', 'yaml'] as const;

/** One of `STATUS_FORMATS`. */
export type StatusFormat = (typeof STATUS_FORMATS)[number];

const COLUMNS: readonly { readonly title: string; readonly value: (status: SandboxStatus) => string | undefined }[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'STATUS', value: ({ phase }) => phase },
  { title: 'VERSION', value: ({ state }) => state?.kubernetesVersion },
  { title: 'SERVER', value: ({ state }) => state?.server },
  { title: 'STARTED', value: ({ state }) => state?.startTime },
  { title: 'DIRECTORY', value: ({ state }) => state?.directory },
];

function table(statuses: readonly SandboxStatus[]): string {
  const rows = [
    COLUMNS.map(({ title }) => title),
    ...statuses.map((status) => COLUMNS.map(({ value }) => value(status) ?? '-')),
  ];
  const widths = COLUMNS.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  const line = (row: readonly string[]) => row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('   ');
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('');
}

const printable = ({ name, phase, state }: SandboxStatus) => ({
  name,
  status: phase,
  ...(state === undefined
    ? {}
    : {
        kubernetesVersion: state.kubernetesVersion,
        server: state.server,
        startTime: state.startTime,
        directory: state.directory,
        kubeconfig: state.adminKubeconfig,
        kubectl: state.kubectl,
        auditLogFile: state.auditLogFile,
        pid: state.supervisor.pid,
        isDetached: state.owner === undefined,
      }),
});

const TEXTS: Readonly<Record<StatusFormat, (statuses: readonly SandboxStatus[]) => string>> = {
  table: (statuses) => (statuses.length === 0 ? '' : table(statuses)),
  json: (statuses) => `${JSON.stringify(statuses.map(printable), undefined, 2)}\n`,
  yaml: (statuses) => stringify(statuses.map(printable)),
};

/** Returns the list in that format. An empty table has no header either: it is an empty text. */
export const statusText = (statuses: readonly SandboxStatus[], format: StatusFormat): string => TEXTS[format](statuses);
