import type { ProtoPathElement, ProtoProperties } from './proto.js';

/** What is left of a key inside one namespace. */
export type RowPath = readonly ProtoPathElement[];

/** A row as it was read or written, with the version that a condition on it names. */
export interface Row {
  readonly path: RowPath;
  readonly properties: ProtoProperties;
  readonly version: string;
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

/** What every call says about itself. */
export interface Call {
  /** For the error: `to renew the claim "…"`. */
  readonly purpose: string;
  /** When to stop waiting for the answer. */
  readonly deadlineMs: number;
}

/** The rows of one namespace. Nothing here holds a lock between two calls. */
export interface RowStore {
  /** @throws Error when the backend fails; a row that does not exist is undefined. */
  lookup(path: RowPath, call: Call): Promise<Row | undefined>;
  /** All rows of a kind, in the order of their keys, a page at a time. The deadline is that of a page. */
  scan(kind: string, call: Call): AsyncIterable<readonly Row[]>;
  /**
   * Applies all writes or none, in one RPC.
   *
   * @throws Error when it is not known whether they were applied.
   */
  commit(writes: readonly RowWrite[], call: Call): Promise<CommitAnswer>;
  /** Ends the connection; a later call makes a new one. */
  close(): Promise<void>;
}
