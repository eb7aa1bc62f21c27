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

const MAX_LENGTH = 1024;
/** The id of an image on a node looks like a name, and says nothing of where it came from. */
const IMAGE_ID = /^[0-9a-f]{64}$/;
const REGISTRY =
  /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:]+\])(?::\d{1,5})?$/i;
const PATH_PART = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;

/**
 * Reads an image reference: the default registry is docker.io, and library/ the default path there; registries are
 * compared without regard to case. Returns undefined for what container tools would refuse, such as upper case in a path.
 */
export function parseImageReference(text: string): ImageReference | undefined {
  if (text.length === 0 || text.length > MAX_LENGTH || IMAGE_ID.test(text)) return undefined;
  const [name = '', digest, ...more] = text.split('@');
  if (more.length > 0 || (digest !== undefined && !DIGEST.test(digest))) return undefined;
  const colon = name.lastIndexOf(':');
  const hasTag = colon > name.lastIndexOf('/');
  const tag = hasTag ? name.slice(colon + 1) : undefined;
  if (tag !== undefined && !TAG.test(tag)) return undefined;
  const repository = fullRepository(hasTag ? name.slice(0, colon) : name);
  if (repository === undefined) return undefined;
  return { repository, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}

function fullRepository(name: string): string | undefined {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const hasRegistry =
    first.includes('.') || first.includes(':') || first === 'localhost' || first !== first.toLowerCase();
  const given = hasRegistry ? first.toLowerCase() : DEFAULT_REGISTRY;
  const registry = given === DEFAULT_REGISTRY_ALIAS ? DEFAULT_REGISTRY : given;
  const path = hasRegistry ? name.slice(slash + 1) : name;
  if (!REGISTRY.test(registry) || !path.split('/').every((part) => PATH_PART.test(part))) return undefined;
  return registry === DEFAULT_REGISTRY && !path.includes('/') ? `${registry}/library/${path}` : `${registry}/${path}`;
}
