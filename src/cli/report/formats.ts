/** How findings can be printed. */
export const REPORT_FORMATS = ['table', 'json', 'yaml', 'junit', 'github'] as const;

/** One of `REPORT_FORMATS`. */
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** The format of a name that was checked, or the table. */
export function formatOf(name: string | undefined): ReportFormat {
  return REPORT_FORMATS.find((format) => format === name) ?? 'table';
}
