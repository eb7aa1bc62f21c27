import type { PolicyIndex } from '../policy/policy-index.ts';
import { isOfGroup, type WebhookEntry } from './webhook-entries.ts';

/**
 * After an entry was seen in our own watch, the API server's own copy follows within milliseconds. Guardrails are called
 * Enforcing only this long afterwards, so that the word can be relied upon.
 */
const SETTLE_MS = 500;

interface Seen {
  readonly text: string;
  readonly time: number;
}

/** Since when the API server has each entry of the webhook configuration as it is wanted. */
export class SettledEntries {
  #seen: ReadonlyMap<string, Seen> = new Map();

  /** Notes which entries the API server has now. What it does not have begins anew when it is back. */
  note(covered: readonly WebhookEntry[], now: number): void {
    this.#seen = new Map(
      covered.map((entry) => {
        const text = JSON.stringify(entry);
        const before = this.#seen.get(entry.name);
        return [entry.name, before?.text === text ? before : { text, time: now }];
      }),
    );
  }

  /** The names of the guardrails all of whose entries the API server has had for long enough. */
  guardrails(index: PolicyIndex, entries: readonly WebhookEntry[], now: number): ReadonlySet<string> {
    const settled = (entry: WebhookEntry): boolean => (this.#seen.get(entry.name)?.time ?? now) + SETTLE_MS <= now;
    const groups = index.groups.filter(({ id }) => entries.filter(({ name }) => isOfGroup(name, id)).every(settled));
    return new Set(groups.flatMap(({ guardrails }) => guardrails.map(({ scope }) => scope.identity.name)));
  }

  /** After how many milliseconds the next entry settles; undefined if all have. */
  next(now: number): number | undefined {
    const left = [...this.#seen.values()].map(({ time }) => time + SETTLE_MS - now).filter((time) => time > 0);
    return left.length === 0 ? undefined : Math.min(...left);
  }
}
