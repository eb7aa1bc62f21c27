import type { Change } from '../decision.ts';
import { isScalar, listAt, ownAt, stringAt } from '../json.ts';
import type { GroupResource, KubeObject } from '../review.ts';
import type { Action } from './action.ts';
import { POD } from './resources.ts';

/** What the API server proxies requests to. */
const PROXIED: readonly GroupResource[] = ['pods', 'services', 'nodes'].map((resource) => ({ group: '', resource }));

/** A command is run in a container. */
export const exec = connecting('Exec', 'exec', 'A command is run in a container, as kubectl exec and kubectl cp do.');
/** Somebody attaches to a running process. */
export const attach = connecting('Attach', 'attach', "Somebody attaches to a container's running process.");
/** Ports of a Pod are forwarded. */
export const portForward = connecting('PortForward', 'portforward', 'Ports of a Pod are forwarded.');

/** Requests are proxied to a Pod, a Service or a Node. */
export const proxy: Action = {
  name: 'Proxy',
  implies: [],
  summary:
    'Requests are proxied to a Pod, a Service or the kubelet of a Node, as kubectl proxy and kubectl get --raw do.',
  resources: { builtIn: PROXIED, custom: () => false, text: 'pods, services, nodes' },
  routes: [{ operation: 'CONNECT', subresource: 'proxy', only: PROXIED }],
  notes: [
    "The proxy of a Node leads to its kubelet's API, which runs commands in any of its Pods: that is no Exec.",
    'The path of the proxied request can hold secrets and is neither shown nor recorded; a condition can read it at `$.path` of Object. The method and the body are not sent to webhooks.',
    'A Service or Pod is judged by its own name, whatever scheme and port the request names beside it.',
  ],
  detect: ({ review }) => (review.subresource === 'proxy' ? [] : undefined),
};

function connecting(name: 'Exec' | 'Attach' | 'PortForward', subresource: string, summary: string): Action {
  return {
    name,
    implies: [],
    summary,
    resources: { builtIn: POD, custom: () => false, text: 'pods' },
    routes: [{ operation: 'CONNECT', subresource }],
    notes: [],
    unseen: [`The proxy of a Node leads to its kubelet's own API, which does the same: guard Proxy beside ${name}.`],
    detect: ({ review }) => (review.subresource === subresource ? options(review.object) : undefined),
  };
}

/**
 * The options as changes. Of a command only the program is shown: arguments can hold passwords, also where a client has put
 * the whole line into one.
 */
function options(body: KubeObject | undefined): Change[] {
  const changes: Change[] = [];
  const container = stringAt(body, 'container');
  if (container !== undefined) changes.push({ path: '$.container', to: container });
  const command = listAt(body, 'command');
  if (typeof command[0] === 'string') {
    const [first = '', ...rest] = command[0].trim().split(/\s+/, 2);
    // An assignment before the program can hold a password too.
    const program = first.includes('=') ? '...' : first;
    const more = command.length - 1 + rest.length;
    changes.push({ path: '$.command', to: more > 0 ? `${program} (and ${more} more)` : program });
  }
  for (const flag of ['stdin', 'tty']) {
    if (ownAt(body, [flag]) === true) changes.push({ path: `$.${flag}`, to: true });
  }
  const ports = listAt(body, 'ports').filter(isScalar);
  if (ports.length > 0) changes.push({ path: '$.ports', to: ports.join(', ') });
  return changes;
}
