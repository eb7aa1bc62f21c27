import { Temporal } from 'temporal-polyfill';

const DAY_MS = 86_400_000;
/** So much of a zone is looked up at a time. */
const CHUNK_MS = 365 * DAY_MS;
/** Nobody must grow memory by asking for one year after the other. */
const MAX_CHUNKS = 16;
/** As many as IANA has names. Nobody must grow memory by spelling one in many ways. */
const MAX_ZONES = 1024;

/** What is known of the clocks is the same for all guardrails, and looked up once. */
const zones = new Map<string, TimeZone>();

/** The names that IANA gives. Offsets such as +01:00, which the library knows as well, know nothing of summer time. */
const NAME = /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/;

/** A span in which the clocks of a zone are as far from UTC as at its beginning. */
interface Stretch {
  readonly until: number;
  /** How far the clocks are ahead of UTC. */
  readonly offset: number;
}

/**
 * The clocks of a time zone. Times are in milliseconds since 1970, readings of the clocks as if they were in UTC. What the
 * library is asked is kept, so that most calls are a few comparisons.
 */
export class TimeZone {
  readonly #id: string;
  readonly #chunks = new Map<number, readonly Stretch[]>();

  private constructor(id: string) {
    this.#id = id;
  }

  /** The zone of a name, the same each time; undefined if there is none. */
  static of(name: string): TimeZone | undefined {
    const known = zones.get(name);
    if (known !== undefined) return known;
    if (!NAME.test(name)) return undefined;
    try {
      const zone = new TimeZone(Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name).timeZoneId);
      if (zones.size >= MAX_ZONES) zones.clear();
      zones.set(name, zone);
      return zone;
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  /**
   * The first moment at which the clocks show this reading or have passed it: a reading that they skip is passed when they
   * do, and of one that they show twice the first counts.
   */
  firstAt(reading: number): number {
    // No clock is a day away from UTC, so none shows the reading before.
    let time = reading - DAY_MS;
    for (;;) {
      const { until, offset } = this.#stretchAt(time);
      if (until + offset > reading) return Math.max(time, reading - offset);
      time = until;
    }
  }

  #stretchAt(time: number): Stretch {
    const chunk = this.#chunk(Math.floor(time / CHUNK_MS));
    const found = chunk.find(({ until }) => time < until);
    if (found === undefined) throw new RangeError('the time must be valid');
    return found;
  }

  #chunk(index: number): readonly Stretch[] {
    const known = this.#chunks.get(index);
    if (known !== undefined) return known;
    const stretches = stretchesOf(this.#id, index * CHUNK_MS, (index + 1) * CHUNK_MS);
    if (this.#chunks.size >= MAX_CHUNKS) this.#chunks.clear();
    this.#chunks.set(index, stretches);
    return stretches;
  }
}

/** The stretches of a zone between two moments. The library finds any change within three years of what it is asked from. */
function stretchesOf(id: string, from: number, to: number): readonly Stretch[] {
  const stretches: Stretch[] = [];
  let at = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(id);
  for (;;) {
    const next = at.getTimeZoneTransition('next');
    const offset = at.offsetNanoseconds / 1_000_000;
    if (next === null || next.epochMilliseconds >= to) return [...stretches, { until: to, offset }];
    stretches.push({ until: next.epochMilliseconds, offset });
    at = next;
  }
}
