/**
 * What scalars without quotes stand for. As in kubectl, which reads YAML 1.1 without its sexagesimal numbers and with
 * timestamps left as text: what is tested here is what the cluster would get.
 */
export function plainScalar(text: string): string | number | boolean | null {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  return (isNumberLike(text) ? numberOf(text) : undefined) ?? text;
}

const WORDS: ReadonlyMap<string, boolean | number | null> = new Map<string, boolean | number | null>([
  ...words(true, 'y Y yes Yes YES true True TRUE on On ON'),
  ...words(false, 'n N no No NO false False FALSE off Off OFF'),
  ...words(null, '~ null Null NULL'),
  ['', null],
  ...words(Number.NaN, '.nan .NaN .NAN'),
  ...words(Number.POSITIVE_INFINITY, '.inf .Inf .INF +.inf +.Inf +.INF'),
  ...words(Number.NEGATIVE_INFINITY, '-.inf -.Inf -.INF'),
]);

function words<T>(value: T, texts: string): [string, T][] {
  return texts.split(' ').map((text) => [text, value]);
}

/** No number that JSON can carry is longer, and nothing longer needs to be looked at. */
const MAX_NUMBER_LENGTH = 400;

const isNumberLike = (text: string): boolean => /^[-+.\d]/.test(text) && text.length <= MAX_NUMBER_LENGTH;

const INTEGER = /^([-+]?)(0[xX][\dA-Fa-f]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9]\d*)$/;
const FLOAT = /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/;

function numberOf(text: string): number | undefined {
  const plain = text.replaceAll('_', '');
  const integer = INTEGER.exec(plain);
  if (integer !== null) {
    const [, sign, digits = ''] = integer;
    const value = Number(/^0[0-7]+$/.test(digits) ? `0o${digits}` : digits);
    return sign === '-' && value !== 0 ? -value : value;
  }
  // What starts with a point may hold "_" too, but not right behind it, as in ._5.
  if (!FLOAT.test(plain) || /^[-+]?\._/.test(text)) return undefined;
  const value = Number(plain);
  return Number.isFinite(value) ? value : undefined;
}
