import type { ProtoPathElement, ProtoProperties } from './proto.js';

/** What is left of a key inside one namespace. */
export type RowPath = readonly ProtoPathElement[];

/** A row as it was read or written, with the version that a condition on it names. */
export interface Row {
  readonly path: RowPath;
  readonly properties: ProtoProperties;
  readonly version: string;
  /**
   * How long ago it was written, by the server's clock, when it was looked up. Undefined where the server
   * tells no times, and for rows of a scan.
   */
  readonly ageMs?: number;
  /** When it was looked up, by the server's clock, in milliseconds since the epoch. Undefined as `ageMs` is. */
  readonly readMs?: number;
}

/** One change of a commit. All but an insert hold only while the row has the version it was read at. */
export type RowWrite =
  | { readonly type: 'insert'; readonly path: RowPath; readonly properties: ProtoProperties }
  | { readonly type: 'update'; readonly row: Row; readonly properties: ProtoProperties }
  | { readonly type: 'delete'; readonly row: Row };

/** What the server said to a commit. An answer that says neither is an error: perhaps applied. */
export type CommitAnswer =
  | { readonly applied: true; /** One for each write. */ readonly versions: readonly string[] }
  | { readonly applied: false; readonly reason: string };

/** Which rows a scan reads. */
export interface RowRange {
  readonly kind: string;
  /** Only rows whose name begins with this. */
  readonly namePrefix?: string;
}

/** Rows of a kind whose property is indexed, an integer, and not less than a value. */
export interface IndexedRows {
  readonly kind: string;
  readonly property: string;
  readonly atLeast: number;
}

/** What every call says about itself. */
export interface Call {
  /** For the error: `to renew the claim "…"`. */
  readonly purpose: string;
  /** When to stop waiting for the answer. */
  readonly deadlineMs: number;
}

/** The server has applied a commit although its conditions did not hold: nothing here is safe on it. */
export class BrokenConditionError extends Error {
  override readonly name = 'BrokenConditionError';
}

/** The rows of one namespace. Nothing here holds a lock between two calls. */
export interface RowStore {
  /**
   * The rows of these paths, in their order; undefined for one that does not exist.
   *
   * @throws Error when the backend fails.
   */
  lookup(paths: readonly RowPath[], call: Call): Promise<readonly (Row | undefined)[]>;
  /** All rows of a range, in the order of their keys, a page at a time. The deadline is for one page. */
  scan(range: RowRange, call: Call): AsyncIterable<readonly Row[]>;
  /** Whether there is such a row: one small read. */
  exists(rows: IndexedRows, call: Call): Promise<boolean>;
  /**
   * Applies all writes or none, in one RPC.
   *
   * @throws BrokenConditionError when the server did not keep the conditions, any other Error when it is not
   * known whether the writes were applied.
   */
  commit(writes: readonly RowWrite[], call: Call): Promise<CommitAnswer>;
  /** Ends the connection; a later call makes a new one. */
  close(): Promise<void>;
}
