import type { Change } from '../decision.ts';
import { own, ownAt } from '../json.ts';
import { type Container, hasContext, type SecurityField, securityOf, type Template } from './pod-privileges.ts';

/** What holds a container back, by a key of its own. */
export type Restrictions = ReadonlyMap<string, SecurityField>;

/** One way in which a container is held back. */
interface Restricting {
  readonly key: string;
  /** Below the securityContext. */
  readonly keys: readonly string[];
  /** Whether a container without it has what its Pod says. */
  readonly isInherited: boolean;
  readonly is: (value: unknown) => boolean;
}

const CONFINING: ReadonlySet<unknown> = new Set(['RuntimeDefault', 'Localhost']);

/** It can't be root, by one of two fields; it can't become root; it has a seccomp profile. */
const RESTRICTING: readonly Restricting[] = [
  { key: 'nonRoot', keys: ['runAsNonRoot'], isInherited: true, is: (value) => value === true },
  {
    key: 'nonRoot',
    keys: ['runAsUser'],
    isInherited: true,
    is: (value) => typeof value === 'number' && value !== 0,
  },
  { key: 'escalation', keys: ['allowPrivilegeEscalation'], isInherited: false, is: (value) => value === false },
  { key: 'seccomp', keys: ['seccompProfile', 'type'], isInherited: true, is: (value) => CONFINING.has(value) },
];

/** What holds a container back. */
export function restrictionsOf(container: Container): Restrictions {
  const restrictions = new Map<string, SecurityField>();
  if (!hasContext(container)) return restrictions;
  for (const { key, keys, isInherited, is } of RESTRICTING) {
    const found = securityOf(container, keys, isInherited);
    if (found !== undefined && is(found.value) && !restrictions.has(key)) restrictions.set(key, found);
  }
  return restrictions;
}

/** What holds back every one of some containers. */
export function commonRestrictions([first, ...others]: readonly Restrictions[]): Restrictions {
  return new Map([...(first ?? [])].filter(([key]) => others.every((one) => one.has(key))));
}

/** What should hold a container back and does not, with what stands in its place. */
export function lost(should: Restrictions, container: Container, isNew: boolean): Change[] {
  if (should.size === 0) return [];
  const holding = restrictionsOf(container);
  return [...should]
    .filter(([key]) => !holding.has(key))
    .map(([, { keys, value, isOfPod }]) => {
      const here = ownAt(container.object, ['securityContext', ...keys]);
      const spec = { path: `${container.template.path}.spec`, object: own(container.template.object, 'spec') };
      const place = isOfPod && !isNew && here === undefined ? spec : container;
      return {
        path: [place.path, 'securityContext', ...keys].join('.'),
        from: value,
        to: ownAt(place.object, ['securityContext', ...keys]),
      };
    });
}

/** A Pod that had users of its own, and shares those of its node now. */
export function lostUserNamespace(before: Template, after: Template): Change[] {
  const [from, to] = [before, after].map(({ object }) => ownAt(object, ['spec', 'hostUsers']));
  return from === false && to !== false ? [{ path: `${after.path}.spec.hostUsers`, from, to }] : [];
}
