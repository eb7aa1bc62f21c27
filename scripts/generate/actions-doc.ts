import type { Action, Route } from '../../src/policy/actions/action.ts';
import { CATALOGUE } from '../../src/policy/actions/catalogue.ts';

const INTRODUCTION = `# Actions

An action is one word for everything that has the same effect, by whatever route it comes. A guardrail names actions in
\`spec.match.actions\`; the operator computes them from each admission request. A wider action sees the narrower ones that
imply it.
`;

const UNSEEN = `## What no admission webhook can see

- Reads: get, list, watch, and the logs of Pods.
- Requests that go straight to a kubelet's own API, and static Pods, which the API server only mirrors.
- Writes that go straight to etcd.
- Changes of webhook configurations and of ValidatingAdmissionPolicies: the API server sends them to no webhook.
- The objects that go with a CustomResourceDefinition: they are wiped without a request for each.
- Who impersonated a user: the request bears the impersonated name alone. The API server's audit log knows both.
`;

/** Writes docs/actions.md from the catalogue. */
export function generateActionsDoc(header: string): string {
  const actions = Object.values(CATALOGUE);
  const table = [
    '| Action | Is also | Can happen to |',
    '|---|---|---|',
    ...actions.map(
      (action) =>
        `| [${action.name}](#${action.name.toLowerCase()}) | ${action.implies.join(', ')} | ${happensTo(action)} |`,
    ),
  ];
  return [header, INTRODUCTION, table.join('\n'), '', ...actions.map(section), UNSEEN].join('\n');
}

function happensTo({ resources }: Action): string {
  return resources === 'any' ? 'anything' : resources.text;
}

function section(action: Action): string {
  const lines = [
    `## ${action.name}`,
    '',
    action.summary,
    '',
    'Routes:',
    '',
    ...action.routes.map((route) => `- ${describe(route)}`),
  ];
  if (action.notes.length > 0) lines.push('', ...action.notes.map((note) => `> ${note}\n>`));
  return `${lines.join('\n').replace(/\n>$/, '')}\n`;
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
