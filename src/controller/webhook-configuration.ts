import { isDeepStrictEqual } from 'node:util';
import { FIELD_MANAGER, GROUP } from '../api/group-version.ts';
import { listAt, own, stringAt } from '../policy/json.ts';
import type { KubeObject } from '../policy/review.ts';
import type { WebhookEntry } from './webhook-entries.ts';

/** The name of our ValidatingWebhookConfiguration. */
export const CONFIGURATION_NAME = GROUP;
/** The ConfigMap in the operator's namespace that can switch repairs off, for emergencies: `data: {repair: "Off"}`. */
export const OPERATOR_CONFIG_MAP = 'guardrails-operator';

/** What is written to and read from the cluster. */
export interface ConfigurationApi {
  /** Server-side applies the configuration and returns it as stored. */
  apply(body: KubeObject, fieldManager: string): Promise<KubeObject>;
  /** Replaces all entries, if the configuration is still at that version, and returns it as stored. */
  replaceEntries(webhooks: readonly unknown[], resourceVersion: string, fieldManager: string): Promise<KubeObject>;
  /** The operator's ConfigMap, or undefined if there is none. */
  configMap(): Promise<KubeObject | undefined>;
}

/** Told of what is done. */
export interface ConfigurationEvents {
  applied(entries: number): void;
  /** Somebody else has edited or deleted the configuration, and it is being repaired. */
  repairing(): void;
  /** Somebody else has edited or deleted the configuration, and repairs are switched off. */
  repairOff(): void;
}

/** Which of the wanted entries the live configuration has, exactly as wanted. */
export function coveredEntries(stored: KubeObject | undefined, entries: readonly WebhookEntry[]): WebhookEntry[] {
  if (stored === undefined || stringAt(stored, 'metadata', 'deletionTimestamp') !== undefined) return [];
  const live = new Map(listAt(stored, 'webhooks').map((webhook) => [own(webhook, 'name'), webhook]));
  return entries.filter((entry) => isDeepStrictEqual(live.get(entry.name), plain(entry)));
}

/** How the live configuration stands to the wanted one. */
export type Coverage =
  /** The API server has what is wanted. */
  | { readonly kind: 'Covered' }
  /** Not yet. */
  | { readonly kind: 'Pending' }
  /** It differs, and the off-switch says to leave it so. */
  | { readonly kind: 'RepairOff' };

/** Keeps the webhook configuration equal to what the guardrails in force need. */
export class WebhookConfiguration {
  readonly #api: ConfigurationApi;
  readonly #events: ConfigurationEvents;
  readonly #live: () => KubeObject | undefined;
  /** What was last applied with success. */
  #applied: readonly WebhookEntry[] | undefined;
  #isRepairOff: boolean = false;

  /** `live` reads the configuration as last seen in the cluster. */
  constructor(api: ConfigurationApi, live: () => KubeObject | undefined, events: ConfigurationEvents) {
    this.#api = api;
    this.#live = live;
    this.#events = events;
  }

  /** Which of the entries the API server has, as last seen. */
  covered(entries: readonly WebhookEntry[]): readonly WebhookEntry[] {
    return coveredEntries(this.#live(), entries);
  }

  /** Applies the entries unless they are there. Returns how the live configuration stands. Throws if the API server refuses. */
  async reconcile(entries: readonly WebhookEntry[]): Promise<Coverage> {
    if (covers(this.#live(), entries)) {
      this.#applied = entries;
      this.#isRepairOff = false;
      return { kind: 'Covered' };
    }
    const isEdited = this.#applied !== undefined && isDeepStrictEqual(this.#applied, entries);
    if (own(own(await this.#api.configMap(), 'data'), 'repair') === 'Off') {
      // Told once, however often it is looked at.
      if (!this.#isRepairOff) this.#events.repairOff();
      this.#isRepairOff = true;
      return { kind: 'RepairOff' };
    }
    this.#isRepairOff = false;
    if (isEdited) this.#events.repairing();
    await this.#write(entries);
    this.#applied = entries;
    this.#events.applied(entries.length);
    return { kind: 'Pending' };
  }

  async #write(entries: readonly WebhookEntry[]): Promise<void> {
    let stored = await this.#api.apply(configuration(entries), FIELD_MANAGER);
    if (!covers(stored, entries)) {
      // Apply leaves what others have added to our entries, such as a matchCondition that never holds.
      const webhooks = [...listAt(stored, 'webhooks').filter((webhook) => !isOurs(webhook)), ...entries];
      const resourceVersion = stringAt(stored, 'metadata', 'resourceVersion') ?? '';
      stored = await this.#api.replaceEntries(webhooks, resourceVersion, FIELD_MANAGER);
    }
    if (!covers(stored, entries)) throw new Error('the webhook configuration was stored otherwise than it was applied');
  }
}

function isOurs(webhook: unknown): boolean {
  const name = own(webhook, 'name');
  return typeof name === 'string' && name.endsWith(`.validate.${GROUP}`);
}

function configuration(entries: readonly WebhookEntry[]): KubeObject {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: {
      name: CONFIGURATION_NAME,
      labels: { 'app.kubernetes.io/name': 'kube-guardrails', 'app.kubernetes.io/managed-by': FIELD_MANAGER },
    },
    webhooks: entries,
  };
}

/**
 * Whether a stored configuration has every entry exactly as wanted. Entries that others added are theirs: they can't
 * weaken ours. An entry of ours that is no longer wanted is not allowed to stay.
 */
export function covers(stored: KubeObject | undefined, entries: readonly WebhookEntry[]): boolean {
  const ours = listAt(stored, 'webhooks').filter(isOurs);
  return ours.length === entries.length && coveredEntries(stored, entries).length === entries.length;
}

/** As JSON carries it: without undefined fields. */
const plain = (entry: WebhookEntry): unknown => JSON.parse(JSON.stringify(entry));
