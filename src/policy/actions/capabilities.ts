import type { Change } from '../decision.ts';
import { listAt, ownAt } from '../json.ts';

/** What becomes of one capability: it is not there, left to the container runtime, or given. */
type State = 'Dropped' | 'Default' | 'Added';

/** The capabilities that a container asks for and gives up. */
export interface Capabilities {
  readonly added: ReadonlySet<string>;
  readonly dropped: ReadonlySet<string>;
}

/** What container runtimes give every container. NET_RAW is not among them: not all do. */
const GIVEN: ReadonlySet<string> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

/** What a container may have though it does not ask. */
const MAY_BE_GIVEN: ReadonlySet<string> = new Set([...GIVEN, 'NET_RAW']);

const ALL = 'ALL';

/** Nothing asked for, nothing given up. */
export const NO_CAPABILITIES: Capabilities = { added: new Set(), dropped: new Set() };

/** The capabilities of a container, by the names that the kernel has for them. */
export function capabilitiesOf(container: unknown): Capabilities {
  if (ownAt(container, ['securityContext', 'capabilities']) === undefined) return NO_CAPABILITIES;
  const names = (key: string) => new Set(listAt(container, 'securityContext', 'capabilities', key).flatMap(nameOf));
  return { added: names('add'), dropped: names('drop') };
}

/** Runtimes read them in any case, and with the prefix that the kernel gives them. */
const nameOf = (value: unknown): string[] =>
  typeof value === 'string' ? [value.toUpperCase().replace(/^CAP_/, '')] : [];

/** What all of some containers give up. */
export function droppedByAll(all: readonly Capabilities[]): Capabilities {
  if (all.length === 0) return NO_CAPABILITIES;
  const dropped = [...MAY_BE_GIVEN].filter((name) => all.every((one) => stateOf(one, name) === 'Dropped'));
  return { added: new Set(), dropped: new Set(dropped.length === MAY_BE_GIVEN.size ? [ALL] : dropped) };
}

/** What one container has more than another, at the path of its securityContext. */
export function gainedCapabilities(path: string, before: Capabilities, after: Capabilities): Change[] {
  if (before === after) return [];
  // What was dropped by name comes in by ALL as well.
  const names = new Set([...MAY_BE_GIVEN, ...after.added, ...before.dropped]);
  const gained = [...names].filter((name) => isMore(name, stateOf(before, name), stateOf(after, name)));
  const given = gained.filter((name) => stateOf(after, name) === 'Added');
  const kept = gained.filter((name) => stateOf(after, name) === 'Default');
  const changes: Change[] = [];
  if (given.length > 0) changes.push({ path: `${path}.capabilities.add`, to: wordsOf(given, after.added) });
  if (kept.length > 0) changes.push({ path: `${path}.capabilities.drop`, from: wordsOf(kept, before.dropped) });
  return changes;
}

/** ALL is one word for many. */
const wordsOf = (names: readonly string[], written: ReadonlySet<string>): string[] =>
  written.has(ALL) ? [ALL] : names.toSorted();

/** As container runtimes do it: ALL first, dropping over adding; then single names, dropping over adding again. */
function stateOf({ added, dropped }: Capabilities, name: string): State {
  if (dropped.has(name)) return 'Dropped';
  if (added.has(name)) return 'Added';
  if (dropped.has(ALL)) return 'Dropped';
  if (added.has(ALL)) return 'Added';
  return MAY_BE_GIVEN.has(name) ? 'Default' : 'Dropped';
}

const RANK: Readonly<Record<State, number>> = { Dropped: 0, Default: 1, Added: 2 };

function isMore(name: string, before: State, after: State): boolean {
  if (RANK[after] <= RANK[before]) return false;
  return !(GIVEN.has(name) && before === 'Default');
}
