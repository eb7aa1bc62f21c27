import type { Change } from '../decision.ts';
import { isScalar, listAt, ownAt, stringAt } from '../json.ts';
import type { KubeObject } from '../review.ts';
import type { Action } from './action.ts';

/** A command is run in a container. */
export const exec = connecting('Exec', 'exec', 'A command is run in a container, as kubectl exec and kubectl cp do.');
/** Somebody attaches to a running process. */
export const attach = connecting('Attach', 'attach', "Somebody attaches to a container's running process.");
/** Ports of a Pod are forwarded. */
export const portForward = connecting('PortForward', 'portforward', 'Ports of a Pod are forwarded.');

function connecting(name: 'Exec' | 'Attach' | 'PortForward', subresource: string, summary: string): Action {
  return {
    name,
    implies: [],
    summary,
    resources: { builtIn: [{ group: '', resource: 'pods' }], custom: () => false, text: 'pods' },
    routes: [{ operation: 'CONNECT', subresource }],
    notes: ["Requests that go straight to a kubelet's own API do not pass the API server's admission."],
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
    const [program = '', ...rest] = command[0].trim().split(/\s+/, 2);
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
