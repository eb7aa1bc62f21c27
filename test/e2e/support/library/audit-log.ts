import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { eventually } from '../poll.ts';

type Annotations = Readonly<Record<string, string>>;

/** kube-apiserver's audit log, read as it grows. */
export class AuditLog {
  readonly #file: string;
  readonly #known = new Map<string, Annotations>();
  #offset = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** What was noted of a request. It is written when the request is answered, which may be a moment after we know. */
  annotations(auditId: string): Promise<Annotations> {
    return eventually(
      () => {
        this.#read();
        return this.#known.get(auditId);
      },
      { message: `the request ${auditId} is in the audit log`, intervalMs: 10 },
    );
  }

  #read(): void {
    const descriptor = openSync(this.#file, 'r');
    try {
      const buffer = Buffer.alloc(fstatSync(descriptor).size - this.#offset);
      const length = readSync(descriptor, buffer, 0, buffer.length, this.#offset);
      // What is being written is read when it is there as a whole.
      const end = buffer.subarray(0, length).lastIndexOf('\n') + 1;
      this.#offset += end;
      for (const line of buffer
        .toString('utf8', 0, end)
        .split('\n')
        .filter((text) => text !== '')) {
        const { auditID, annotations = {} } = JSON.parse(line) as { auditID: string; annotations?: Annotations };
        this.#known.set(auditID, annotations);
      }
    } finally {
      closeSync(descriptor);
    }
  }
}
