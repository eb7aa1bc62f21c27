/** The addresses from the first to the last, of one family. */
export interface AddressRange {
  readonly bits: 32 | 128;
  readonly first: bigint;
  readonly last: bigint;
}

/** The longest text of an address with its prefix. */
const MAX_LENGTH = 64;

/** Reads a range in CIDR notation, such as 10.0.0.0/8 or fd00::/8. Undefined for what is none. */
export function parseAddressRange(text: string): AddressRange | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const [address = '', prefix = '', ...rest] = text.split('/');
  if (rest.length > 0 || !/^\d{1,3}$/.test(prefix)) return undefined;
  const bits = address.includes(':') ? 128 : 32;
  const value = bits === 128 ? parseV6(address) : parseV4(address);
  if (value === undefined || Number(prefix) > bits) return undefined;
  const size = 1n << BigInt(bits - Number(prefix));
  const first = value - (value % size);
  return { bits, first, last: first + size - 1n };
}

/** Whether every address of the one range is in the other. */
export function isWithin(inner: AddressRange, outer: AddressRange): boolean {
  return inner.bits === outer.bits && inner.first >= outer.first && inner.last <= outer.last;
}

/** Whether two ranges have no address in common. */
export function areApart(a: AddressRange, b: AddressRange): boolean {
  return a.bits !== b.bits || a.last < b.first || b.last < a.first;
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) return undefined;
  return parts.reduce((value, part) => value * 256n + BigInt(part), 0n);
}

function parseV6(text: string): bigint | undefined {
  const [head = '', tail, ...rest] = text.split('::');
  if (rest.length > 0) return undefined;
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  if (before === undefined || after === undefined) return undefined;
  const missing = 8 - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...before, ...Array<bigint>(missing).fill(0n), ...after];
  return groups.reduce((value, group) => value * 65_536n + group, 0n);
}

/** The last two groups may be written as an IPv4 address. */
function groupsOf(text: string): bigint[] | undefined {
  if (text === '') return [];
  const groups: bigint[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    const v4 = index === parts.length - 1 ? parseV4(part) : undefined;
    if (v4 !== undefined) groups.push(v4 / 65_536n, v4 % 65_536n);
    else if (/^[\da-f]{1,4}$/i.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups;
}
