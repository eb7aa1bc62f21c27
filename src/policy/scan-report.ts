import { isImageDigest, isImageTag, parseImageReference } from './image-reference.ts';
import { asObject, own, ownAt, stringAt } from './json.ts';
import type { KubeObject } from './review.ts';

/** What one VulnerabilityReport says of one image. */
export interface ScanReport {
  /** The namespace of the report: who can write there vouches for it. */
  readonly namespace: string;
  /** In full, such as docker.io/library/nginx; undefined if the report does not tell it. */
  readonly repository: string | undefined;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
  readonly critical: number;
  readonly high: number;
  /** When the image was scanned, in milliseconds since the epoch; undefined if the report does not tell it. */
  readonly time: number | undefined;
}

const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

/**
 * Reads a VulnerabilityReport of Trivy Operator (aquasecurity.github.io/v1alpha1). Returns undefined for one that says
 * nothing of any image: that does not count its vulnerabilities, or names the image neither by digest nor by tag.
 */
export function readScanReport(object: KubeObject): ScanReport | undefined {
  const report = own(object, 'report');
  const critical = countAt(report, 'criticalCount');
  const high = countAt(report, 'highCount');
  if (critical === undefined || high === undefined) return undefined;
  const repository = repositoryOf(report);
  const tag = stringAt(report, 'artifact', 'tag');
  const digest = stringAt(report, 'artifact', 'digest');
  const known = {
    repository,
    tag: repository !== undefined && tag !== undefined && isImageTag(tag) ? tag : undefined,
    digest: digest !== undefined && isImageDigest(digest) ? digest : undefined,
  };
  if (known.tag === undefined && known.digest === undefined) return undefined;
  const namespace = stringAt(object, 'metadata', 'namespace') ?? '';
  return { namespace, ...known, critical, high, time: timeOf(stringAt(report, 'updateTimestamp')) };
}

/** The part of a VulnerabilityReport that is kept: the list of vulnerabilities is a thousand times larger. */
export function scanReportEssence(object: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion } = asObject(object.metadata);
  const report = own(object, 'report');
  const keep = (key: string, names: readonly string[]) => {
    const part = own(report, key);
    return { [key]: Object.fromEntries(names.map((one) => [one, own(part, one)])) };
  };
  return {
    metadata: { name, namespace, uid, resourceVersion },
    report: {
      updateTimestamp: own(report, 'updateTimestamp'),
      ...keep('registry', ['server']),
      ...keep('artifact', ['repository', 'tag', 'digest']),
      ...keep('summary', ['criticalCount', 'highCount']),
    },
  };
}

/** The scanner writes the name of the registry and the path apart. A path alone does not tell which registry is meant. */
function repositoryOf(report: unknown): string | undefined {
  const server = stringAt(report, 'registry', 'server') ?? '';
  const path = stringAt(report, 'artifact', 'repository') ?? '';
  const reference = isRegistry(server) ? parseImageReference(`${server}/${path}`) : undefined;
  return reference?.tag === undefined && reference?.digest === undefined ? reference?.repository : undefined;
}

/** All else would be read as the beginning of a path. */
const isRegistry = (server: string): boolean => /[.:]|^localhost$/.test(server);

/** A count that is missing is not zero. */
function countAt(report: unknown, key: string): number | undefined {
  const count = ownAt(report, ['summary', key]);
  return Number.isSafeInteger(count) && Number(count) >= 0 ? Number(count) : undefined;
}

function timeOf(text: string | undefined): number | undefined {
  if (text === undefined || !DATE_TIME.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}
