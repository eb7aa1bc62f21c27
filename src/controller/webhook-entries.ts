import { GROUP, GUARDRAILS, VERSION } from '../api/group-version.ts';
import type { GuardrailGroup } from '../policy/guardrail-group.ts';
import type { PolicyIndex } from '../policy/policy-index.ts';
import { type Caller, type MatchCondition, matchConditions } from './match-conditions.ts';
import { type WebhookRule, webhookRules } from './webhook-rules.ts';

/** How the API server reaches the webhook. */
export type ClientTarget =
  | { readonly kind: 'Service'; readonly namespace: string; readonly name: string; readonly port: number }
  /** Without a path. */
  | { readonly kind: 'Url'; readonly url: string };

/** What all entries share. */
export interface EntrySettings {
  readonly target: ClientTarget;
  /** PEM. */
  readonly caBundle: string;
  readonly operatorUsername: string;
  readonly operatorNamespace: string;
  readonly paths: { readonly validate: string; readonly guardrail: string };
}

/** The entries are spelled out in full, so that a field that somebody else sets is seen as a difference. */
export interface WebhookEntry {
  readonly name: string;
  readonly clientConfig: Readonly<Record<string, unknown>>;
  readonly rules: readonly WebhookRule[];
  readonly failurePolicy: 'Fail' | 'Ignore';
  readonly matchPolicy: 'Equivalent';
  readonly namespaceSelector: Readonly<Record<string, unknown>>;
  readonly objectSelector: Readonly<Record<string, never>>;
  readonly sideEffects: 'NoneOnDryRun' | 'None';
  readonly timeoutSeconds: number;
  readonly admissionReviewVersions: readonly string[];
  readonly matchConditions?: readonly MatchCondition[];
}

const TIMEOUT_SECONDS = 5;

/** Set by the API server on every namespace, and nobody can change it. */
const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name';

/** Namespaces in which the cluster repairs itself: a webhook that is down must not keep it from doing so. */
const RECOVERY_NAMESPACES = ['kube-system', 'kube-node-lease'];

/** All entries: one for Guardrails themselves, and those of each group of guardrails. Without guardrails, the first alone. */
export function webhookEntries(index: PolicyIndex, settings: EntrySettings): WebhookEntry[] {
  return [guardrailEntry(settings), ...index.groups.flatMap((group) => groupEntries(group, index, settings))];
}

/** Refuses Guardrails that can't compile. Ignore, so that a broken install stays repairable: what slips in is Stalled. */
function guardrailEntry(settings: EntrySettings): WebhookEntry {
  return {
    ...common(settings, settings.paths.guardrail),
    name: `${GUARDRAILS}.validate.${GROUP}`,
    rules: [
      {
        operations: ['CREATE', 'UPDATE'],
        apiGroups: [GROUP],
        apiVersions: [VERSION],
        resources: [GUARDRAILS],
        scope: 'Cluster',
      },
    ],
    failurePolicy: 'Ignore',
    sideEffects: 'None',
    namespaceSelector: {},
  };
}

function groupEntries(group: GuardrailGroup, index: PolicyIndex, settings: EntrySettings): WebhookEntry[] {
  const { id, failurePolicy } = group;
  const rules = webhookRules(
    group.guardrails.map(({ scope }) => scope),
    index.resources,
  );
  const all = [...rules.cluster, ...rules.namespaced];
  const base = (caller: Caller) => ({
    ...common(settings, `${settings.paths.validate}/${id}`),
    sideEffects: 'NoneOnDryRun' as const,
    namespaceSelector: {},
    matchConditions: matchConditions(group, index.resources, caller, settings.operatorUsername),
  });
  if (failurePolicy === 'Ignore') {
    return withRules([{ ...base('Everybody'), name: entryName(id), rules: all, failurePolicy }]);
  }
  // The fail-open twins evaluate the same and deny the same: only where we can't be reached, they let pass.
  const recovery = [...new Set([...RECOVERY_NAMESPACES, settings.operatorNamespace])];
  const others = base('AllOthers');
  const { cluster, namespaced } = rules;
  return withRules([
    { ...others, name: entryName(`${id}-cluster`), rules: cluster, failurePolicy },
    { ...others, name: entryName(id), rules: namespaced, failurePolicy, namespaceSelector: byName('NotIn', recovery) },
    {
      ...others,
      name: entryName(`${id}-recovery`),
      rules: namespaced,
      failurePolicy: 'Ignore',
      namespaceSelector: byName('In', recovery),
    },
    { ...base('ApiServer'), name: entryName(`${id}-api-server`), rules: all, failurePolicy: 'Ignore' },
  ]);
}

/** An entry without rules would only be something to read. */
const withRules = (entries: readonly WebhookEntry[]): WebhookEntry[] => entries.filter(({ rules }) => rules.length > 0);

const entryName = (id: string): string => `${id}.validate.${GROUP}`;

/** Whether an entry, by its name, is one of a group's. */
export const isOfGroup = (name: string, id: string): boolean => name.startsWith(`${id}.`) || name.startsWith(`${id}-`);

function byName(operator: 'In' | 'NotIn', values: readonly string[]): Record<string, unknown> {
  return { matchExpressions: [{ key: NAMESPACE_NAME_LABEL, operator, values }] };
}

function common({ target, caBundle }: EntrySettings, path: string) {
  const ca = Buffer.from(caBundle).toString('base64');
  return {
    clientConfig:
      target.kind === 'Url'
        ? { url: target.url + path, caBundle: ca }
        : {
            service: { namespace: target.namespace, name: target.name, path, port: target.port },
            caBundle: ca,
          },
    matchPolicy: 'Equivalent' as const,
    objectSelector: {},
    timeoutSeconds: TIMEOUT_SECONDS,
    admissionReviewVersions: ['v1'],
  };
}
