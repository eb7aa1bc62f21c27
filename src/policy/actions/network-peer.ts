import { isScalar, listAt, own, stringAt, stringListAt } from '../json.ts';
import { type AddressRange, areApart, isWithin, parseAddressRange } from './address-range.ts';
import { readSelector, type Selector, selectorText, selectsAll, selectsNoMore } from './selector-width.ts';

/** Who may talk: one peer of a rule, ready to be compared with others. */
export interface Peer {
  /** The same for peers that are written alike. */
  readonly key: string;
  readonly what: 'Everybody' | Block | Pods;
  /** How many steps a comparison takes at most: those of both, multiplied. */
  readonly weight: number;
}

interface Block {
  readonly range: AddressRange | undefined;
  /** Undefined for what is no range. */
  readonly except: readonly (AddressRange | undefined)[];
}

interface Pods {
  /** Undefined for the namespace of the policy itself. */
  readonly namespaces: Selector | undefined;
  readonly pods: Selector;
}

/** The peer of a rule that names none. */
export const EVERYBODY: Peer = { key: '', what: 'Everybody', weight: 1 };

/** Reads a peer. An empty one, which the API refuses, is everybody. */
export function readPeer(peer: unknown): Peer {
  const key = JSON.stringify(peer);
  const block = own(peer, 'ipBlock');
  if (block !== undefined) {
    const except = stringListAt(block, 'except').map(parseAddressRange);
    const what = { range: parseAddressRange(stringAt(block, 'cidr') ?? ''), except };
    return { key, what, weight: 1 + except.length };
  }
  const [namespaces, pods] = [own(peer, 'namespaceSelector'), own(peer, 'podSelector')];
  if (namespaces === undefined && pods === undefined) return EVERYBODY;
  const what = {
    namespaces: namespaces === undefined ? undefined : readSelector(namespaces),
    pods: readSelector(pods),
  };
  return { key, what, weight: (what.namespaces?.weight ?? 0) + what.pods.weight };
}

/** Whether everybody who is the one peer is certainly the old one too. */
export function coversPeer(old: Peer, one: Peer): boolean {
  if (old.key === one.key || old.what === 'Everybody') return true;
  if (one.what === 'Everybody') return false;
  if ('except' in old.what) return 'except' in one.what && coversBlock(old.what, one.what);
  return !('except' in one.what) && coversPods(old.what, one.what);
}

function coversBlock(old: Block, one: Block): boolean {
  const { range } = one;
  if (old.range === undefined || range === undefined || !isWithin(range, old.range)) return false;
  // What the old one left out has to be left out still, as far as it is in the range at all.
  return old.except.every(
    (hole) =>
      hole !== undefined &&
      (areApart(hole, range) || one.except.some((mine) => mine !== undefined && isWithin(hole, mine))),
  );
}

function coversPods(old: Pods, one: Pods): boolean {
  return coversNamespaces(old.namespaces, one.namespaces) && selectsNoMore(one.pods, old.pods);
}

function coversNamespaces(old: Selector | undefined, one: Selector | undefined): boolean {
  if (one === undefined) return old === undefined || selectsAll(old);
  return old !== undefined && selectsNoMore(one, old);
}

/** A peer in words. */
export function peerText(peer: unknown): string {
  const cidr = stringAt(peer, 'ipBlock', 'cidr');
  if (cidr !== undefined) {
    const holes = listAt(peer, 'ipBlock', 'except').length;
    return holes === 0 ? cidr : `${cidr} (except ${holes})`;
  }
  const namespaces = own(peer, 'namespaceSelector');
  const pods = selectedText('pods', own(peer, 'podSelector'));
  return namespaces === undefined ? pods : `${pods} of ${selectedText('namespaces', namespaces)}`;
}

function selectedText(what: string, of: unknown): string {
  const selector = readSelector(of);
  return selectsAll(selector) ? `all ${what}` : `${what} ${selectorText(selector)}`;
}

/** Which ports of a protocol, ready to be compared with others. */
export interface Port {
  /** The same for ports that are written alike. */
  readonly key: string;
  readonly what: 'EveryPort' | { readonly protocol: unknown; readonly port: unknown; readonly end: unknown };
}

/** The port of a rule that names none. */
export const EVERY_PORT: Port = { key: '', what: 'EveryPort' };

/** Reads a port. Without a number it stands for all ports of the protocol. */
export function readPort(port: unknown): Port {
  const number = own(port, 'port');
  const what = { protocol: own(port, 'protocol') ?? 'TCP', port: number, end: own(port, 'endPort') ?? number };
  return { key: JSON.stringify(what), what };
}

/** Whether every port that is in the one is in the old one too. */
export function coversPort({ key, what: old }: Port, { key: mine, what: one }: Port): boolean {
  if (key === mine || old === 'EveryPort') return true;
  if (one === 'EveryPort' || old.protocol !== one.protocol) return false;
  if (old.port === undefined) return true;
  const bounds = [old.port, one.port, one.end, old.end];
  // Ports by name are the same or not.
  return bounds.every((bound) => typeof bound === 'number') && isSorted(bounds);
}

const isSorted = (numbers: readonly number[]): boolean =>
  numbers.every((number, index) => index === 0 || number >= (numbers[index - 1] ?? number));

/** A port in words: `TCP/80-90`. */
export function portText(port: unknown): string {
  const parts = [own(port, 'protocol') ?? 'TCP', own(port, 'port')].filter(isScalar).join('/');
  const end = own(port, 'endPort');
  return isScalar(end) ? `${parts}-${end}` : parts;
}
