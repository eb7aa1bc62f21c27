import { truncate } from './truncate.ts';

/**
 * A JSON value as text in at most `limit` UTF-16 units: a string as it is, anything else as JSON. Takes time and memory by the
 * limit, not by the value, since a value can be megabytes and this runs while an admission request waits.
 */
export function valueText(value: unknown, limit: number): string {
  if (typeof value === 'string') {
    return truncate(value, limit);
  }
  const text = new BoundedText(limit);
  writeJson(value, text);
  return truncate(text.parts.join(''), limit);
}

class BoundedText {
  readonly parts: string[] = [];
  readonly #limit: number;
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** One unit more than the limit is there, so that `truncate` sees that there is more. */
  get isFull(): boolean {
    return this.#length > this.#limit;
  }

  add(part: string): void {
    this.parts.push(part);
    this.#length += part.length;
  }

  addString(value: string): void {
    this.add(JSON.stringify(value.length > this.#limit ? value.slice(0, this.#limit + 1) : value));
  }
}

// Each level adds at least one character, so that the limit bounds the recursion too.
function writeJson(value: unknown, text: BoundedText): void {
  if (text.isFull) {
    return;
  }
  if (typeof value === 'string') {
    text.addString(value);
  } else if (Array.isArray(value)) {
    writeList(value, text);
  } else if (typeof value === 'object' && value !== null) {
    writeObject(value, text);
  } else {
    text.add(String(value));
  }
}

function writeList(value: readonly unknown[], text: BoundedText): void {
  text.add('[');
  let separator = '';
  for (const item of value) {
    if (text.isFull) {
      return;
    }
    text.add(separator);
    separator = ',';
    writeJson(item, text);
  }
  text.add(']');
}

function writeObject(value: object, text: BoundedText): void {
  text.add('{');
  let separator = '';
  for (const [key, inner] of Object.entries(value)) {
    if (text.isFull) {
      return;
    }
    text.add(separator);
    separator = ',';
    text.addString(key);
    text.add(':');
    writeJson(inner, text);
  }
  text.add('}');
}
