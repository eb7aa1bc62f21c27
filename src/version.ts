import { readFileSync } from 'node:fs';

/** The version of the product, as package.json says. */
export const PRODUCT_VERSION: string = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
