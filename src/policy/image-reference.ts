/** An image reference in full, as container tools read it. */
export interface ImageReference {
  /** Registry and path, such as docker.io/library/nginx. */
  readonly repository: string;
  /** Without the colon; undefined if there is none. */
  readonly tag?: string;
  /** With its algorithm; undefined if there is none. */
  readonly digest?: string;
}

const DEFAULT_REGISTRY = 'docker.io';
/** docker.io is also known by this name, which pulls from the same place. */
const DEFAULT_REGISTRY_ALIAS = 'index.docker.io';
/** Where docker.io keeps what is named without a path. */
const DEFAULT_PATH = 'library';
/** What is pulled where neither a tag nor a digest is named. */
const DEFAULT_TAG = 'latest';

/** More than registry, path, tag and digest can have together. */
const MAX_LENGTH = 1024;
const MAX_PATH_LENGTH = 255;
/** The id of an image on a node looks like a name, and says nothing of where it came from. */
const IMAGE_ID = /^[0-9a-f]{64}$/;
const REGISTRY =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9A-Fa-f:]+\])(?::[0-9]+)?$/;
const PATH_PART = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
/** The algorithms that container tools know, each with its own length. */
const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$/;

/**
 * Reads an image reference: the default registry is docker.io, and library/ the default path there; registries are
 * compared without regard to case. Returns undefined for what container tools would refuse, such as upper case in a path.
 */
export function parseImageReference(text: string): ImageReference | undefined {
  const known = KNOWN.get(text);
  if (known !== undefined) return known.reference;
  const reference = parse(text);
  if (KNOWN.size >= MAX_KNOWN) KNOWN.clear();
  if (text.length <= MAX_LENGTH) KNOWN.set(text, { reference });
  return reference;
}

/** The same images come again and again. */
const KNOWN = new Map<string, { readonly reference: ImageReference | undefined }>();
const MAX_KNOWN = 1_000;

function parse(text: string): ImageReference | undefined {
  if (text.length > MAX_LENGTH || IMAGE_ID.test(text)) return undefined;
  const [name = '', digest, ...more] = text.split('@');
  if (more.length > 0 || (digest !== undefined && !isImageDigest(digest))) return undefined;
  const colon = name.lastIndexOf(':');
  const hasTag = colon > name.lastIndexOf('/');
  const tag = hasTag ? name.slice(colon + 1) : undefined;
  if (tag !== undefined && !isImageTag(tag)) return undefined;
  const repository = fullRepository(hasTag ? name.slice(0, colon) : name);
  if (repository === undefined) return undefined;
  return { repository, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}

/** Whether a text is a tag. */
export function isImageTag(text: string): boolean {
  return TAG.test(text);
}

/** Whether a text is a digest, with its algorithm. */
export function isImageDigest(text: string): boolean {
  return DIGEST.test(text);
}

/** The tag that an image is pulled by: latest where nothing is said, and none where there is but a digest. */
export function effectiveTag({ tag, digest }: ImageReference): string | undefined {
  return tag ?? (digest === undefined ? DEFAULT_TAG : undefined);
}

/** The reference in full, with the tag that it is pulled by. */
export function fullReference(reference: ImageReference): string {
  const { repository, digest } = reference;
  const tag = effectiveTag(reference);
  return `${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

function fullRepository(name: string): string | undefined {
  const [registry, rest] = splitRegistry(name);
  const path = registry === DEFAULT_REGISTRY && !rest.includes('/') ? `${DEFAULT_PATH}/${rest}` : rest;
  if (path.length > MAX_PATH_LENGTH || !REGISTRY.test(registry)) return undefined;
  if (!path.split('/').every((part) => PATH_PART.test(part))) return undefined;
  return `${registry.toLowerCase()}/${path}`;
}

/** What stands before the first slash is a registry if it can be no path: it has a dot, a colon or upper case, or is localhost. */
function splitRegistry(name: string): readonly [registry: string, path: string] {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  if (first === DEFAULT_REGISTRY_ALIAS) return [DEFAULT_REGISTRY, name.slice(slash + 1)];
  const isRegistry = first === 'localhost' || /[.:]/.test(first) || first !== first.toLowerCase();
  return isRegistry ? [first, name.slice(slash + 1)] : [DEFAULT_REGISTRY, name];
}
