import type { GuardrailViolation, ViolationRange } from '../api/v1alpha1.ts';
import { relocated } from './record.ts';
import { longRecordName } from './record-key.ts';
import type { Window } from './window.ts';

/** So many decisions of a record, counted from its first, and the number of the last of them. */
export interface Written {
  readonly decisions: number;
  readonly last: number;
}

/** What one run of the operator knows of a record: absolute figures, so that writing them twice changes nothing. */
export interface OwnFigures {
  readonly range: ViolationRange;
  readonly firstTime: Date;
  readonly lastTime: Date;
}

/** A new record, with its first decision. */
export interface NewRecord {
  readonly key: string;
  readonly window: Window;
  readonly body: GuardrailViolation;
  /** When the decision of `body` was made. */
  readonly time: Date;
}

/** The decisions of this run that are one record, and how many of them are safely in the cluster. */
export class PendingRecord {
  readonly key: string;
  readonly window: Window;
  /** The name that its first decision was told. */
  readonly firstName: string;
  /** The bytes of the body. */
  readonly bytes: number;
  #name: string;
  #namespace: string;
  // As text, since an object's strings may keep the whole request in memory that they are parts of.
  #json: string | undefined;
  readonly #operatorInstance: string;
  readonly #first: number;
  #last: number;
  #count = 1;
  #firstTime: Date;
  #lastTime: Date;
  #confirmed: Written = { decisions: 0, last: 0 };
  // What the row in the cluster holds beside the decisions here.
  #rowFirst: number;
  #rowOffset = 0;

  constructor({ key, window, body, time }: NewRecord) {
    const { operatorInstance, sequence } = body.spec;
    this.key = key;
    this.window = window;
    this.#name = body.metadata?.name ?? '';
    this.firstName = this.#name;
    this.#namespace = body.metadata?.namespace ?? '';
    this.#json = JSON.stringify(body);
    this.bytes = Buffer.byteLength(this.#json);
    this.#operatorInstance = operatorInstance;
    this.#first = sequence;
    this.#rowFirst = sequence;
    this.#last = sequence;
    this.#firstTime = time;
    this.#lastTime = time;
  }

  get name(): string {
    return this.#name;
  }

  get namespace(): string {
    return this.#namespace;
  }

  /** When the latest decision was made. */
  get lastTime(): Date {
    return this.#lastTime;
  }

  /** The first decision alone: what creating the record writes. */
  get begun(): Written {
    return { decisions: 1, last: this.#first };
  }

  /** All decisions so far. */
  get complete(): Written {
    return { decisions: this.#count, last: this.#last };
  }

  /** How many decisions are not safely in the cluster. */
  get unconfirmed(): number {
    return this.#count - this.#confirmed.decisions;
  }

  /** Whether the object is in the cluster, so that its body isn't kept any more. */
  get isCreated(): boolean {
    return this.#json === undefined;
  }

  /** The object to create, or undefined once it is in the cluster. */
  get body(): GuardrailViolation | undefined {
    return this.#json === undefined ? undefined : JSON.parse(this.#json);
  }

  /** Counts one more decision in. */
  repeat(sequence: number, time: Date): void {
    this.#last = sequence;
    this.#count += 1;
    if (time > this.#lastTime) {
      this.#lastTime = time;
    }
    if (time < this.#firstTime) {
      this.#firstTime = time;
    }
  }

  /** From now on the record is for that namespace, since its own refuses it. */
  moveTo(namespace: string): void {
    const { body } = this;
    if (body !== undefined) {
      this.#namespace = namespace;
      this.#json = JSON.stringify(relocated(body, namespace));
    }
  }

  /** Takes the longer name, since another record has the short one. Returns false if it has that already, or is in the cluster. */
  rename(): boolean {
    const { body } = this;
    const name = longRecordName(this.window.start, this.key);
    if (body === undefined || name === this.#name) {
      return false;
    }
    this.#name = name;
    this.#json = JSON.stringify({ ...body, metadata: { ...body.metadata, name } });
    return true;
  }

  /**
   * The figures as they are now. `row` is what the record in the cluster says of this run, if anything. That row can have more
   * decisions than are here, when the record was forgotten in between; and it can be gone, when another replica merged it with
   * others to make room.
   */
  figures(row: ViolationRange | undefined): OwnFigures {
    if (row === undefined && this.#confirmed.decisions > 0) {
      this.#rowOffset = -this.#confirmed.decisions;
      this.#rowFirst = this.#confirmed.last + 1;
    } else if (row !== undefined && row.last < this.#first) {
      this.#rowOffset = row.count;
      this.#rowFirst = row.first;
    }
    const range = {
      operatorInstance: this.#operatorInstance,
      first: this.#rowFirst,
      last: this.#last,
      count: this.#count + this.#rowOffset,
    };
    return { range, firstTime: this.#firstTime, lastTime: this.#lastTime };
  }

  /** Notes what is in the cluster, which ends the need for the body. Returns how many decisions of it were not before. */
  confirm(written: Written): number {
    const more = written.decisions - this.#confirmed.decisions;
    this.#confirmed = written;
    this.#json = undefined;
    return more;
  }
}
