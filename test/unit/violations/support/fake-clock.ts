import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../../../src/violations/ports.ts';

interface Timer {
  readonly time: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is told to go on. */
export class FakeClock implements Clock {
  #now: number;
  readonly #timers = new Set<Timer>();

  constructor(start: string | number = '2026-03-01T12:00:00Z') {
    this.#now = new Date(start).getTime();
  }

  now(): number {
    return this.#now;
  }

  date(): Date {
    return new Date(this.#now);
  }

  after(milliseconds: number, callback: () => void): () => void {
    const timer = { time: this.#now + milliseconds, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Sets the time alone, as a correction of the system's clock does: timers stay as far away as they were. */
  correct(milliseconds: number): void {
    this.#now += milliseconds;
    for (const timer of [...this.#timers]) {
      this.#timers.delete(timer);
      this.#timers.add({ ...timer, time: timer.time + milliseconds });
    }
  }

  /** Lets so much time pass: runs the timers that are due, in order, and all that follows from each. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await turn();
    for (let next = this.#nextBefore(end); next !== undefined; next = this.#nextBefore(end)) {
      this.#now = Math.max(this.#now, next.time);
      this.#timers.delete(next);
      next.callback();
      await turn();
    }
    this.#now = end;
  }

  #nextBefore(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.time <= end && (first === undefined || timer.time < first.time)) {
        first = timer;
      }
    }
    return first;
  }
}
