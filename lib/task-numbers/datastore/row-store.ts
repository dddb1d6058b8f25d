import type { Clock } from '../../clock/clock.js';
import type { ProtoPathElement, ProtoProperties } from './proto.js';

/** The part of a key inside one namespace. */
export type RowPath = readonly ProtoPathElement[];

/** A row as it was read or written, with its version. Conditions name the version. */
export interface Row {
  readonly path: RowPath;
  readonly properties: ProtoProperties;
  readonly version: string;
  /**
   * Time from the last write to the lookup, by the server's clock. Undefined if the server gives no times, and for rows of
   * a scan.
   */
  readonly ageMs?: number;
  /** Time of the lookup, by the server's clock, in milliseconds since the epoch. Undefined if `ageMs` is. */
  readonly readMs?: number;
}

/** One change of a commit. An update or delete is conditional on the version of `row`, an insert on there being no row. */
export type RowWrite =
  | { readonly type: 'insert'; readonly path: RowPath; readonly properties: ProtoProperties }
  | { readonly type: 'update'; readonly row: Row; readonly properties: ProtoProperties }
  | { readonly type: 'delete'; readonly row: Row };

/** The answer of the server to a commit. If it is not known whether the commit was applied, there is an error instead. */
export type CommitAnswer =
  | {
      readonly applied: true;
      /** The new version of each written row. */
      readonly versions: readonly string[];
    }
  | { readonly applied: false; readonly reason: string };

/** The rows that a scan reads. */
export interface RowRange {
  readonly kind: string;
  /** Only rows whose name begins with this. */
  readonly namePrefix?: string;
}

/** Rows of a kind with an indexed integer property of at least a value. */
export interface IndexedRows {
  readonly kind: string;
  readonly property: string;
  readonly atLeast: number;
}

/** The purpose and deadline of a call. */
export interface Call {
  /** The purpose in words, for the error: `to renew the claim "…"`. */
  readonly purpose: string;
  /** The longest time to wait for the answer. */
  readonly deadlineMs: number;
}

/** What a part needs to read and write rows. */
export interface RowAccess {
  readonly store: RowStore;
  readonly clock: Clock;
  /** The longest time to wait for each answer of Datastore. */
  readonly deadlineMs: number;
}

/** The server applied a commit although its conditions did not hold: task numbers are not safe on such a server. */
export class BrokenConditionError extends Error {
  override readonly name = 'BrokenConditionError';
}

/** The rows of one namespace. No lock is held between two calls. */
export interface RowStore {
  /**
   * Returns the rows of these paths, in the same order; undefined for a row that does not exist.
   *
   * @throws Error when the backend fails.
   */
  lookup(paths: readonly RowPath[], call: Call): Promise<readonly (Row | undefined)[]>;
  /** Reads all rows of a range, in the order of their keys, a page at a time. The deadline applies to one page. */
  scan(range: RowRange, call: Call): AsyncIterable<readonly Row[]>;
  /** Whether there is at least one of these rows. Costs one small read. */
  exists(rows: IndexedRows, call: Call): Promise<boolean>;
  /**
   * Applies all writes or none, in one RPC.
   *
   * @throws BrokenConditionError when the server ignored the conditions; any other Error when it is not known whether the
   * writes were applied.
   */
  commit(writes: readonly RowWrite[], call: Call): Promise<CommitAnswer>;
  /** Closes the connection. A later call opens a new one. */
  close(): Promise<void>;
}
