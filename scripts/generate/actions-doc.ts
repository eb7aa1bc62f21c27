import type { Action, IndirectRoute, Route } from '../../src/policy/actions/action.ts';
import { CATALOGUE } from '../../src/policy/actions/catalogue.ts';

const INTRODUCTION = `# Actions

An action is one word for everything that has the same effect, by whatever route it comes. A guardrail names actions in
\`spec.match.actions\`; the operator computes them from each admission request. A wider action sees the narrower ones that
imply it. The requests that an action can come by are sent to the operator, and no others; what leads to the same effect and
is never sent, or is another action, is told with each.
`;

const UNSEEN = `## What no admission webhook can see

Of none of the actions:

- Reads: get, list, watch, and the logs of Pods.
- Requests that go straight to a kubelet's own API, and static Pods, which the API server only mirrors.
- Writes that go straight to etcd.
- Changes of webhook configurations and of ValidatingAdmissionPolicies: the API server sends them to no webhook.
- The objects that go with a CustomResourceDefinition: they are wiped without a request for each. [Delete](#delete) looks for
  them beforehand.
- Who impersonated a user: the request bears the impersonated name alone. The API server's audit log knows both.

What the operator asks never to be sent, since the cluster would not stay alive, or would drown it:

- Leases, Events, and reviews of tokens and access.
- What a kubelet says of its Node and Pods in their \`/status\`, as long as it leaves alone what guardrails judge of their
  metadata.
- The taints by which the node controller tells of the conditions of a Node.
- Its own records and statuses.
`;

/** Writes docs/actions.md from the catalogue. */
export function generateActionsDoc(header: string): string {
  const actions = Object.values(CATALOGUE);
  const table = [
    '| Action | Is also | What it is |',
    '|---|---|---|',
    ...actions.map(
      ({ name, implies, summary }) => `| [${name}](#${name.toLowerCase()}) | ${implies.join(', ')} | ${summary} |`,
    ),
  ];
  return [header, INTRODUCTION, table.join('\n'), '', ...actions.map(section), UNSEEN].join('\n');
}

function happensTo({ resources }: Action): string {
  return resources === 'any' ? 'anything' : resources.text;
}

function section(action: Action): string {
  const { name, summary, routes, indirect = [], notes, unseen = [] } = action;
  const parts = [
    `## ${name}\n\n${summary}`,
    `Can happen to: ${happensTo(action)}.`,
    list('Routes covered', [...routes.map(describe), ...describeIndirect(indirect)]),
    list('To be known', notes),
    list('Not covered: not seen, or another action', [
      ...unseen,
      'What [no admission webhook can see](#what-no-admission-webhook-can-see).',
    ]),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function list(title: string, items: readonly string[]): string {
  return items.length === 0 ? '' : [`**${title}**`, '', ...items.map((item) => `- ${item}`)].join('\n');
}

const VERBS: Readonly<Record<Route['operation'], string>> = {
  CREATE: 'create',
  UPDATE: 'update, patch or apply',
  DELETE: 'delete',
  CONNECT: 'connect',
};

function describe({ operation, subresource, only, onlyWithStatus }: Route): string {
  const place = subresource === '' ? 'the object itself' : `\`/${subresource}\``;
  const of = only === undefined ? '' : ` of ${only.map(({ resource }) => resource).join(', ')}`;
  const condition = onlyWithStatus ? ', for guardrails with `includeStatus`' : '';
  return `${operation} (${VERBS[operation]}) on ${place}${of}${condition}`;
}

/** One line for each resource through which it comes, with all operations. */
function describeIndirect(routes: readonly IndirectRoute[]): string[] {
  const byResource = Map.groupBy(routes, ({ via }) => `${via.resource}${via.group === '' ? '' : `.${via.group}`}`);
  return [...byResource].map(([resource, some]) => {
    const operations = [...new Set(some.map(({ operation }) => operation))];
    return `${operations.map((one) => `${one} (${VERBS[one]})`).join(' and ')} of ${resource}, for the objects that these act on`;
  });
}
