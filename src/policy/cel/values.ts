import type { KubeObject } from '../review.ts';

/** What a value is: the names are those that type() gives. */
export type Kind =
  | 'null_type'
  | 'bool'
  | 'int'
  | 'double'
  | 'string'
  | 'list'
  | 'map'
  | 'type'
  | 'optional_type'
  | 'google.protobuf.Timestamp'
  | 'google.protobuf.Duration'
  | 'kubernetes.Quantity';

/** What is neither JSON nor a scalar. An object of the cluster is never an instance of it, whatever its keys. */
export abstract class Special {
  /** undefined for what is no value. */
  readonly kind: Kind | undefined;

  constructor(kind: Kind | undefined) {
    this.kind = kind;
  }
}

/**
 * A value while an expression is evaluated. An int is a bigint and a double a number. Lists and maps of objects of the
 * cluster are read where they are, by `fromJson`, so that nothing is converted that nobody reads. Those that the expression
 * makes are a List or a MapValue.
 */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | readonly unknown[]
  | KubeObject
  | List
  | MapValue
  | Optional
  | TypeName
  | Timestamp
  | Duration
  | Quantity;

/** A value, or why there is none. Errors are values, since && and || can do without one of their sides. */
export type Result = Value | Failure;

/** Why an expression has no value. Never quotes what was read: only what stands in the expression. */
export class Failure extends Special {
  readonly reason: string;
  /** Where in the expression, counted from 1; undefined until the call that failed tells. */
  readonly position: number | undefined;

  constructor(reason: string, position?: number) {
    super(undefined);
    this.reason = reason;
    this.position = position;
  }
}

/** A list that the expression made. */
export class List extends Special {
  readonly items: readonly Value[];

  constructor(items: readonly Value[]) {
    super('list');
    this.items = items;
  }
}

/** What can be the key of a map that the expression makes. Whole doubles are kept as ints, since 1.0 finds the key 1. */
export type Key = string | boolean | bigint;

/** A map that the expression made. */
export class MapValue extends Special {
  readonly entries: ReadonlyMap<Key, Value>;

  constructor(entries: ReadonlyMap<Key, Value>) {
    super('map');
    this.entries = entries;
  }
}

/** A value that may be missing. */
export class Optional extends Special {
  static readonly none = new Optional(undefined);

  /** undefined if there is none. */
  readonly value: Value | undefined;

  constructor(value: Value | undefined) {
    super('optional_type');
    this.value = value;
  }
}

/** A type as a value. */
export class TypeName extends Special {
  readonly name: string;

  constructor(name: string) {
    super('type');
    this.name = name;
  }
}

/** A point in time. */
export class Timestamp extends Special {
  /** Since 1970. */
  readonly nanoseconds: bigint;

  constructor(nanoseconds: bigint) {
    super('google.protobuf.Timestamp');
    this.nanoseconds = nanoseconds;
  }
}

/** A length of time. */
export class Duration extends Special {
  readonly nanoseconds: bigint;

  constructor(nanoseconds: bigint) {
    super('google.protobuf.Duration');
    this.nanoseconds = nanoseconds;
  }
}

/** A Kubernetes quantity. */
export class Quantity extends Special {
  readonly billionths: bigint;

  constructor(billionths: bigint) {
    super('kubernetes.Quantity');
    this.billionths = billionths;
  }
}

/** What a value is. */
export function kindOf(value: Value): Kind {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'bigint':
      return 'int';
    case 'number':
      return 'double';
    case 'boolean':
      return 'bool';
    default:
      if (value === null) return 'null_type';
      if (Array.isArray(value)) return 'list';
      return value instanceof Special ? (value.kind ?? 'map') : 'map';
  }
}

const TWO_TO_63 = 2 ** 63;

/**
 * Reads what stands in an object of the cluster. As in Kubernetes, a number without a fraction is an int and any other a
 * double. JSON.parse has rounded what is beyond 2^53; what is beyond 64 bits stays a double. undefined stands for nothing.
 */
export function fromJson(value: unknown): Value | undefined {
  if (typeof value !== 'number') return value as Value | undefined;
  return Number.isInteger(value) && value >= -TWO_TO_63 && value < TWO_TO_63 ? BigInt(value) : value;
}

/** Whether a value is a map of an object of the cluster. */
export function isJsonObject(value: Result): value is KubeObject {
  return typeof value === 'object' && value !== null && !(value instanceof Special) && !Array.isArray(value);
}
