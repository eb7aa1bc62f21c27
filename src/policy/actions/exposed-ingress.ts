import type { Change } from '../decision.ts';
import { isScalar, listAt, own, stringAt, stringMapAt } from '../json.ts';
import type { KubeObject } from '../review.ts';
import type { Target } from '../target.ts';
import { canonical } from './canonical.ts';
import { newWays, type WayIn } from './exposure.ts';

/** The annotation that chose the controller before there was a field for it, and still does. */
const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

/** What of an Ingress leads from outside to a backend, and did not before. In another class, all of it. */
export function exposedIngress({ old, new: after }: Target): Change[] {
  const isSame = canonical(classOf(old)) === canonical(classOf(after));
  const ways = newWays(old !== undefined && isSame ? waysOf(old) : [], waysOf(after));
  if (old === undefined || isSame) return ways;
  return [{ path: '$.spec.ingressClassName', from: classOf(old)[0], to: classOf(after)[0] }, ...ways];
}

const classOf = (ingress: KubeObject | undefined): (string | undefined)[] => [
  stringAt(ingress, 'spec', 'ingressClassName'),
  stringMapAt(ingress, 'metadata', 'annotations').get(CLASS_ANNOTATION),
];

function waysOf(ingress: KubeObject | undefined): WayIn[] {
  const spec = own(ingress, 'spec');
  const rules = listAt(spec, 'rules').flatMap((rule) => {
    const host = stringAt(rule, 'host') ?? '*';
    const paths = listAt(rule, 'http', 'paths');
    // A rule for a host alone leads to the default backend.
    if (paths.length === 0) return [way(`$.spec.rules[${host}]`, [host], own(spec, 'defaultBackend'))];
    // A path can hold a token, as those of webhooks do: it is told by its place.
    return paths.map((one, index) => {
      const path = stringAt(one, 'path') ?? '';
      return way(
        `$.spec.rules[${host}].http.paths[${index}]`,
        [host, path, stringAt(one, 'pathType') ?? ''],
        own(one, 'backend'),
      );
    });
  });
  const backend = own(spec, 'defaultBackend');
  return backend === undefined ? rules : [...rules, way('$.spec.defaultBackend', ['*'], backend)];
}

const way = (path: string, at: readonly string[], backend: unknown): WayIn => ({
  key: JSON.stringify([...at, canonical(backend)]),
  path,
  text: backendText(backend),
});

function backendText(backend: unknown): string {
  const service = own(backend, 'service');
  const port = own(service, 'port');
  const at = service === undefined ? own(backend, 'resource') : service;
  return [own(at, 'kind'), own(at, 'name'), own(port, 'number') ?? own(port, 'name')].filter(isScalar).join(' ');
}
