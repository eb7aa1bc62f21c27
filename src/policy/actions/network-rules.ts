import type { Change } from '../decision.ts';
import { cut } from '../describe.ts';
import { listAt } from '../json.ts';
import { onlyIn, type Placed } from './canonical.ts';
import {
  coversPeer,
  coversPort,
  EVERY_PORT,
  EVERYBODY,
  type Peer,
  type Port,
  peerText,
  portText,
  readPeer,
  readPort,
} from './network-peer.ts';
import { WorkLimit } from './work-limit.ts';

/** One of the two ways that NetworkPolicies speak of. */
export interface Direction {
  /** The policyType. */
  readonly type: 'Ingress' | 'Egress';
  /** Where the rules stand in the spec. */
  readonly rules: 'ingress' | 'egress';
  /** Where the peers stand in a rule. */
  readonly peers: 'from' | 'to';
}

/** Both ways. */
export const DIRECTIONS: readonly Direction[] = [
  { type: 'Ingress', rules: 'ingress', peers: 'from' },
  { type: 'Egress', rules: 'egress', peers: 'to' },
];

/** One peer and one port of a rule, which lets each of its peers reach each of its ports. */
interface Permission {
  readonly peer: Peer;
  readonly port: Port;
  /** The same for what means the same. Made of numbers: a peer can be as long as the object, and stand beside many ports. */
  readonly key: string;
}

/**
 * The rules that let something through that the old ones did not, each as a change in words. What can't be shown to be no
 * more than before counts as more.
 */
export function widened(from: readonly unknown[], to: readonly unknown[], direction: Direction): Change[] {
  const fresh = onlyIn(to, from);
  if (fresh.length === 0) return [];
  const isAllowed = allowedBy(from, direction);
  return fresh
    .filter(({ item }) => !isAllowed(item))
    .slice(0, MAX_RULES_TOLD)
    .map(({ index, item }) => ({ path: pathOf(direction, index), to: ruleText(item, direction) }));
}

/** The rules that only one of the two policies has, each at its place in that. */
export function ruleChanges(from: readonly unknown[], to: readonly unknown[], direction: Direction): Change[] {
  const [gone, come] = [onlyIn(from, to), onlyIn(to, from)];
  const texts = (rules: readonly Placed[]) =>
    new Map(rules.slice(0, MAX_RULES_TOLD).map(({ index, item }) => [index, ruleText(item, direction)]));
  const [before, after] = [texts(gone), texts(come)];
  return [...new Set([...before.keys(), ...after.keys()])].map((index) => {
    const change = { path: pathOf(direction, index), from: before.get(index), to: after.get(index) };
    // Words that are the same for two rules would say that nothing changes.
    return change.from === change.to ? { path: change.path, to: change.to } : change;
  });
}

const pathOf = ({ rules }: Direction, index: number): string => `$.spec.${rules}[${index}]`;

/** More than any record holds. */
const MAX_RULES_TOLD = 200;

/** Tells of a rule whether all that it lets through certainly was let through by the old ones, taken together. */
function allowedBy(rules: readonly unknown[], direction: Direction): (rule: unknown) => boolean {
  const limit = new WorkLimit();
  const ids = new Map<string, number>();
  const permissions = (rule: unknown) => permissionsOf(rule, direction, ids, limit);
  const old = rules.map(permissions);
  const all = old.flatMap((some) => some ?? []);
  const known = new Set(all.map(({ key }) => key));
  const isComplete = !old.includes(undefined);
  const covers = (one: Permission) =>
    known.has(one.key) ||
    limit.some(
      all,
      ({ peer, port }) => coversPort(port, one.port) && coversPeer(peer, one.peer),
      ({ peer }) => peer.weight * one.peer.weight,
    );
  return (rule) => isComplete && permissions(rule)?.every(covers) === true;
}

/** How many steps of comparison it costs to read a peer or port. */
const READING = 4;

/** Every peer with every port. Undefined if these are more than can be compared. */
function permissionsOf(
  rule: unknown,
  { peers: at }: Direction,
  ids: Map<string, number>,
  limit: WorkLimit,
): Permission[] | undefined {
  const [who, where] = [listAt(rule, at), listAt(rule, 'ports')];
  if (!limit.take(READING * (who.length + where.length))) return undefined;
  const known = <T extends { readonly key: string }>(items: readonly T[], all: T) =>
    (items.length > 0 ? items : [all]).map((item) => {
      const id = ids.get(item.key) ?? ids.size;
      ids.set(item.key, id);
      return { item, id };
    });
  const peers = known(who.map(readPeer), EVERYBODY);
  const ports = known(where.map(readPort), EVERY_PORT);
  if (!limit.take(peers.length * ports.length)) return undefined;
  return peers.flatMap((peer) =>
    ports.map((port) => ({ peer: peer.item, port: port.item, key: `${peer.id} ${port.id}` })),
  );
}

/** Rules are told by their content, in so many characters. */
const MAX_TEXT_LENGTH = 120;
const MAX_TOLD = 3;

/** A rule in words: `from 10.0.0.0/8 on TCP/80`. */
function ruleText(rule: unknown, { peers: at }: Direction): string {
  const texts = (list: readonly unknown[], text: (item: unknown) => string) =>
    [...list.slice(0, MAX_TOLD).map(text), ...(list.length > MAX_TOLD ? ['others'] : [])].join(', ');
  const peers = listAt(rule, at);
  const ports = listAt(rule, 'ports');
  const where = peers.length === 0 ? 'everywhere' : texts(peers, peerText);
  return cut(`${at} ${where} on ${ports.length === 0 ? 'every port' : texts(ports, portText)}`, MAX_TEXT_LENGTH);
}
