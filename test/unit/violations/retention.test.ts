import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KubeError } from '../../../src/kube/errors.ts';
import type { PageRequest, StoredRecord, ViolationArchive, ViolationPage } from '../../../src/violations/ports.ts';
import { ViolationRetention, type ViolationRetentionOptions } from '../../../src/violations/retention.ts';
import { FakeClock } from './support/fake-clock.ts';
import { FakeLog, FakeMetrics } from './support/trail.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

class FakeArchive implements ViolationArchive {
  readonly pages: PageRequest[] = [];
  /** How calls fail, if they do. */
  failure: KubeError | undefined;
  readonly #records: Map<string, StoredRecord>;

  constructor(records: readonly StoredRecord[]) {
    const sorted = records.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
    this.#records = new Map(sorted.map((one) => [key(one), one]));
  }

  get names(): readonly string[] {
    return [...this.#records.keys()];
  }

  async list(page: PageRequest): Promise<ViolationPage> {
    this.pages.push(page);
    await this.#answer();
    const start = Number(page.continue);
    const end = start + page.limit;
    const records = [...this.#records.values()];
    return { items: records.slice(start, end), continue: end < records.length ? String(end) : '' };
  }

  async delete(namespace: string, name: string): Promise<void> {
    await this.#answer();
    this.remove(`${namespace}/${name}`);
  }

  remove(name: string): void {
    if (!this.#records.delete(name)) {
      throw new KubeError('not found', { status: 404, reason: 'NotFound' });
    }
  }

  async #answer(): Promise<void> {
    await Promise.resolve();
    if (this.failure !== undefined) {
      throw this.failure;
    }
  }
}

const key = ({ namespace, name }: StoredRecord) => `${namespace}/${name}`;

const clockStart = '2026-03-01T12:00:00Z';

/** A record of so many hours ago: the older, the smaller its name. */
const record = (namespace: string, hoursAgo: number, parts: Partial<StoredRecord> = {}): StoredRecord => ({
  namespace,
  isAllowed: false,
  origin: '',
  name: String(10_000 - hoursAgo).padStart(5, '0'),
  createdTime: new Date(Date.parse(clockStart) - hoursAgo * HOUR),
  ...parts,
});

function setUp(records: readonly StoredRecord[], options: Partial<ViolationRetentionOptions> = {}) {
  const clock = new FakeClock(clockStart);
  const archive = new FakeArchive(records);
  const metrics = new FakeMetrics();
  const log = new FakeLog();
  const retention = new ViolationRetention({ clock, archive, metrics, log, random: () => 0.5, ...options });
  return { clock, archive, metrics, log, retention };
}

describe('a sweep', () => {
  test('it removes what is older than a week', async () => {
    const { retention, archive, metrics } = setUp([record('shop', 1), record('shop', 168), record('shop', 169)]);
    expect(await retention.sweep()).toBe(false);
    expect(archive.names).toEqual(['shop/09832', 'shop/09999']);
    expect(metrics.removedRecords).toBe(1);
  });

  test('it keeps the newest of each namespace', async () => {
    const records = ['blog', 'shop'].flatMap((namespace) => [1, 2, 3, 4].map((hours) => record(namespace, hours)));
    const { retention, archive } = setUp(records, { maxPerNamespace: 2 });
    await retention.sweep();
    expect(archive.names).toEqual(['blog/09998', 'blog/09999', 'shop/09998', 'shop/09999']);
  });

  test('what was allowed in plenty does not flush out a denial', async () => {
    const allowed = [1, 2, 3, 4].map((hours) => record('shop', hours, { isAllowed: true }));
    const { retention, archive } = setUp([...allowed, record('shop', 100)], { maxPerNamespace: 2 });
    await retention.sweep();
    expect(archive.names).toEqual(['shop/09900', 'shop/09998', 'shop/09999']);
  });

  test('records that a namespace refused do not flush out those of another', async () => {
    const refused = [1, 2, 3].map((hours) => record('system', hours, { origin: 'shop' }));
    const { retention, archive } = setUp([...refused, record('system', 100, { origin: 'blog' })], {
      maxPerNamespace: 2,
    });
    await retention.sweep();
    expect(archive.names).toEqual(['system/09900', 'system/09998', 'system/09999']);
  });

  test('records that are too old do not count among the kept', async () => {
    const { retention, archive } = setUp([record('shop', 1), record('shop', 2), record('shop', 200)], {
      maxPerNamespace: 2,
    });
    await retention.sweep();
    expect(archive.names).toEqual(['shop/09998', 'shop/09999']);
  });

  test('it reads page by page', async () => {
    const { retention, archive } = setUp(Array.from({ length: 1_200 }, (_, hours) => record('shop', hours / 100)));
    await retention.sweep();
    expect(archive.pages).toEqual([
      { limit: 500, continue: '' },
      { limit: 500, continue: '500' },
      { limit: 500, continue: '1000' },
    ]);
  });

  test('of very many it removes a part, and says that there is more', async () => {
    const { retention, archive } = setUp(Array.from({ length: 7_000 }, (_, index) => record('shop', 200 + index)));
    expect(await retention.sweep()).toBe(true);
    expect(archive.names).toHaveLength(2_000);
    expect(await retention.sweep()).toBe(false);
    expect(archive.names).toEqual([]);
  });

  test('a record that somebody else removes meanwhile is no failure', async () => {
    const { retention, archive, metrics } = setUp([record('shop', 200), record('shop', 201)]);
    const list = archive.list.bind(archive);
    archive.list = async (page) => {
      const result = await list(page);
      archive.remove('shop/09800');
      return result;
    };
    await retention.sweep();
    expect([archive.names, metrics.removedRecords]).toEqual([[], 1]);
  });

  test('whatever there is, exactly the newest ones that are young enough stay', async () => {
    const records = fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(300)), {
      selector: ([namespace, hours]) => `${namespace}/${hours}`,
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(records, fc.integer({ min: 1, max: 10 }), async (ages, maxPerNamespace) => {
        const { retention, archive } = setUp(
          ages.map(([namespace, hours]) => record(namespace, hours)),
          { maxPerNamespace },
        );
        await retention.sweep();
        const expected = ['a', 'b', 'c'].flatMap((namespace) =>
          ages
            .filter(([of, hours]) => of === namespace && hours * HOUR <= 7 * DAY)
            .map(([, hours]) => hours)
            .toSorted((a, b) => a - b)
            .slice(0, maxPerNamespace)
            .map((hours) => key(record(namespace, hours))),
        );
        expect(archive.names.toSorted()).toEqual(expected.toSorted());
      }),
    );
  });
});

describe('the loop', () => {
  test('it sweeps within a minute, and then every ten', async () => {
    const { retention, archive, clock } = setUp([]);
    retention.start();
    await clock.advance(30_000);
    expect(archive.pages).toHaveLength(1);
    await clock.advance(599_999);
    expect(archive.pages).toHaveLength(1);
    await clock.advance(1);
    expect(archive.pages).toHaveLength(2);
  });

  test.each([
    { random: 0, expected: 540_000 },
    { random: 0.999, expected: 659_880 },
  ])('the interval is jittered: $expected ms', async ({ random, expected }) => {
    const { retention, archive, clock } = setUp([], { random: () => random });
    retention.start();
    await clock.advance(60_000 * random);
    expect(archive.pages).toHaveLength(1);
    await clock.advance(expected - 1);
    expect(archive.pages).toHaveLength(1);
    await clock.advance(1);
    expect(archive.pages).toHaveLength(2);
  });

  test('a failure is logged, and the next sweep comes as usual', async () => {
    const { retention, archive, clock, log } = setUp([record('shop', 200)]);
    archive.failure = new KubeError('away', { status: 503, reason: 'ServiceUnavailable' });
    retention.start();
    await clock.advance(30_000);
    expect(log.lines).toEqual([
      {
        level: 'warn',
        message: 'old violations could not be removed',
        fields: { status: 503, reason: 'ServiceUnavailable' },
      },
    ]);
    archive.failure = undefined;
    await clock.advance(600_000);
    expect(archive.names).toEqual([]);
  });

  test('where there is more, it goes on at once', async () => {
    const { retention, archive, clock } = setUp(
      Array.from({ length: 7_000 }, (_, index) => record('shop', 200 + index)),
    );
    retention.start();
    await clock.advance(30_000);
    expect(archive.names).toEqual([]);
  });

  test('stopped, it removes nothing more, and it can be started again', async () => {
    const { retention, archive, clock } = setUp([record('shop', 200)]);
    retention.start();
    retention.stop();
    await clock.advance(HOUR);
    expect(archive.pages).toEqual([]);
    retention.start();
    await clock.advance(30_000);
    expect(archive.names).toEqual([]);
  });
});
