import type { Change } from '../decision.ts';
import { listAt, own, stringAt, stringListAt } from '../json.ts';
import type { KubeObject } from '../review.ts';
import type { Target } from '../target.ts';
import { canonical, onlyIn } from './canonical.ts';
import { newWays, type WayIn } from './exposure.ts';
import { wordsAt } from './words.ts';
import { WorkLimit } from './work-limit.ts';

/** What of a route of the Gateway API leads from outside to a backend, and did not before. */
export function exposedRoute({ old, new: after }: Target): Change[] {
  return [
    ...newWays(parents(old), parents(after)),
    ...(old === undefined ? [] : newHostnames(old, after)),
    ...newRules(old, after),
  ];
}

/** What of a Gateway, or a set of listeners for one, listens and did not before. */
export function exposedListeners({ old, new: after }: Target): Change[] {
  const [from, to] = [old, after].map((one) => stringAt(one, 'spec', 'gatewayClassName'));
  const elsewhere = old !== undefined && from !== to ? [{ path: '$.spec.gatewayClassName', from, to }] : [];
  return [...elsewhere, ...newWays(parents(old), parents(after)), ...newWays(listeners(old), listeners(after))];
}

/** What of a ReferenceGrant lets routes of other namespaces lead into its own, and did not before. */
export function exposedByGrant({ old, new: after }: Target): Change[] {
  return ['from', 'to'].flatMap((side) => newWays(grants(old, side), grants(after, side)));
}

/** The Gateways that a route, or a set of listeners, hangs on. */
function parents(object: KubeObject | undefined): WayIn[] {
  const one = own(own(object, 'spec'), 'parentRef');
  return [...listAt(object, 'spec', 'parentRefs'), ...(one === undefined ? [] : [one])].map((parent) => {
    const text = wordsAt(parent, ['namespace', 'name', 'sectionName', 'port']);
    return { key: canonical(parent), path: `$.spec.parentRefs[${text}]`, text };
  });
}

/** A route without hostnames answers to all of its listeners. */
function newHostnames(old: KubeObject, after: KubeObject | undefined): Change[] {
  const names = (route: KubeObject | undefined) => stringListAt(route, 'spec', 'hostnames');
  const [from, to] = [names(old), names(after)];
  const path = '$.spec.hostnames';
  if (from.length === 0) return [];
  if (to.length === 0) return [{ path, from }];
  const known = new Set(from);
  const added = to.filter((name) => !known.has(name));
  return added.length === 0 ? [] : [{ path, to: added }];
}

/** What does not change where a route leads, or who comes through. */
const HARMLESS_FILTERS: ReadonlySet<string> = new Set(['ResponseHeaderModifier']);

/** The rules with a match that leads to a backend as none did before. */
function newRules(old: KubeObject | undefined, after: KubeObject | undefined): Change[] {
  const [before, rules] = [old, after].map((route) => listAt(route, 'spec', 'rules').map(essence));
  const fresh = onlyIn(rules ?? [], before ?? []);
  if (fresh.length === 0) return [];
  const limit = new WorkLimit();
  const leads = new Set(before?.flatMap((rule) => leadsOf(rule, limit) ?? []));
  return fresh
    .filter(({ index }) => leadsOf(rules?.[index], limit)?.every((lead) => leads.has(lead)) !== true)
    .map(({ index }) => ({
      path: `$.spec.rules[${index}]`,
      to: rules?.[index]?.backends.map((backend) => wordsAt(backend, ['namespace', 'name', 'port'])),
    }));
}

interface Essence {
  readonly matches: readonly unknown[];
  readonly filters: readonly unknown[];
  readonly backends: readonly unknown[];
}

/** Weights say how much goes where; one of 0 nothing at all. Names and timeouts say nothing of it. */
function essence(rule: unknown): Essence {
  const filters = (of: unknown) =>
    listAt(of, 'filters').filter((filter) => !HARMLESS_FILTERS.has(stringAt(filter, 'type') ?? ''));
  const backends = listAt(rule, 'backendRefs')
    .filter((backend) => own(backend, 'weight') !== 0)
    .map((backend) => ({
      group: own(backend, 'group'),
      kind: own(backend, 'kind'),
      namespace: own(backend, 'namespace'),
      name: own(backend, 'name'),
      port: own(backend, 'port'),
      filters: filters(backend),
    }));
  return { matches: listAt(rule, 'matches'), filters: filters(rule), backends };
}

/**
 * Each match with each backend, by the filters in between. Undefined if these are more than can be compared: each weighs as
 * much as its text.
 */
function leadsOf(rule: Essence | undefined, limit: WorkLimit): string[] | undefined {
  if (rule === undefined) return undefined;
  const { matches, filters, backends } = rule;
  const texts = (list: readonly unknown[]) => (list.length === 0 ? ['-'] : list.map((item) => canonical(item)));
  const [from, to] = [texts(matches), texts(backends)];
  const by = canonical(filters);
  const length = (list: readonly string[]) => list.reduce((sum, text) => sum + text.length, 0);
  const steps = from.length * to.length * by.length + length(from) * to.length + length(to) * from.length;
  if (!limit.take(Math.ceil(steps / CHARACTERS_A_STEP))) return undefined;
  return from.flatMap((match) => to.map((backend) => `${by} ${match} ${backend}`));
}

/** So that the texts of a comparison stay within some megabytes. */
const CHARACTERS_A_STEP = 100;

/** A listener by all that decides who may come in. Its certificate and name do not. */
function listeners(object: KubeObject | undefined): WayIn[] {
  const addresses = listAt(object, 'spec', 'addresses').map((address) => {
    const text = wordsAt(address, ['value']);
    return { key: canonical(address), path: `$.spec.addresses[${text}]`, text };
  });
  const all = listAt(object, 'spec', 'listeners').map((listener) => {
    const keys = ['hostname', 'port', 'protocol', 'allowedRoutes'];
    return {
      key: canonical(keys.map((key) => [key, own(listener, key)])),
      path: `$.spec.listeners[${wordsAt(listener, ['name'])}]`,
      text: wordsAt(listener, ['protocol', 'port', 'hostname']),
    };
  });
  return [...addresses, ...all];
}

function grants(object: KubeObject | undefined, side: string): WayIn[] {
  return listAt(object, 'spec', side).map((item) => {
    const text = wordsAt(item, ['kind', 'namespace', 'name']);
    return { key: `${side} ${canonical(item)}`, path: `$.spec.${side}[${text}]`, text };
  });
}
