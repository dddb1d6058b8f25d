import {
  codeOf,
  GapicConnection,
  type DatabaseName,
  type DatastoreClient,
} from './gapic-connection.js';
import {
  timestampMs,
  type ProtoEntityResult,
  type ProtoFilter,
  type ProtoKey,
  type ProtoMutation,
  type ProtoPartition,
  type ProtoQuery,
  type ProtoQueryReply,
  type ProtoTimestamp,
  type ProtoValue,
} from './proto.js';
import {
  BrokenConditionError,
  type Call,
  type CommitAnswer,
  type IndexedRows,
  type Row,
  type RowPath,
  type RowRange,
  type RowStore,
  type RowWrite,
} from './row-store.js';

const PAGE_ROWS = 500;
/** A server may defer keys of a lookup. If it defers them this often, it is broken. */
const LOOKUP_ROUNDS = 5;

type Cursor = Uint8Array | string;

/** Status codes that mean that nothing was applied. Every other failure means: perhaps applied. */
const REFUSALS: ReadonlyMap<unknown, string> = new Map([
  [5, 'NOT_FOUND'],
  [6, 'ALREADY_EXISTS'],
  [9, 'FAILED_PRECONDITION'],
  [10, 'ABORTED'],
]);

/** The rows of a namespace of Datastore, or of Firestore in Datastore mode. */
export class GapicRowStore implements RowStore {
  private readonly connection: GapicConnection;

  /** @param load returns the client of Datastore. It is not called before the first read or write. */
  constructor(
    load: () => Promise<DatastoreClient>,
    private readonly namespaceId: string,
  ) {
    this.connection = new GapicConnection(load);
  }

  async lookup(paths: readonly RowPath[], call: Call): Promise<(Row | undefined)[]> {
    const rows = new Map<string, Row>();
    let missing: readonly RowPath[] = paths;
    for (let round = 1; missing.length > 0; round++) {
      if (round > LOOKUP_ROUNDS) {
        throw new Error(`Datastore failed ${call.purpose}: the server keeps deferring the lookup`);
      }
      const { found, deferred } = await this.lookupOnce(missing, call);
      for (const row of found) {
        rows.set(pathKey(row.path), row);
      }
      missing = deferred;
    }
    return paths.map(path => rows.get(pathKey(path)));
  }

  async *scan({ kind, namePrefix }: RowRange, call: Call): AsyncGenerator<readonly Row[]> {
    const filter = namePrefix === undefined ? undefined : this.nameFilter(kind, namePrefix);
    let startCursor: Cursor | undefined;
    do {
      const query = { kind: [{ name: kind }], startCursor, limit: { value: PAGE_ROWS } };
      const reply = await this.runQuery(
        database => ({ ...query, filter: filter?.(database) }),
        call,
      );
      const results = reply.batch?.entityResults ?? [];
      if (results.length > 0) {
        yield results.map(result => rowOf(result));
      }
      startCursor = nextCursor(reply, startCursor, call);
    } while (startCursor !== undefined);
  }

  async exists({ kind, property, atLeast }: IndexedRows, call: Call): Promise<boolean> {
    const query: ProtoQuery = {
      kind: [{ name: kind }],
      projection: [{ property: { name: '__key__' } }],
      filter: {
        propertyFilter: {
          property: { name: property },
          op: 'GREATER_THAN_OR_EQUAL',
          value: { integerValue: String(atLeast) },
        },
      },
      limit: { value: 1 },
    };
    const reply = await this.runQuery(() => query, call);
    return Boolean(reply.batch?.entityResults?.length);
  }

  async commit(writes: readonly RowWrite[], call: Call): Promise<CommitAnswer> {
    try {
      const reply = await this.connection.call(call, ({ client, database, options }) =>
        client.commit(
          {
            ...database,
            mode: 'TRANSACTIONAL',
            singleUseTransaction: { readWrite: {} },
            mutations: writes.map(write => mutationOf(write, path => this.key(path, database))),
          },
          options,
        ),
      );
      const results = reply.mutationResults ?? [];
      if (results.length !== writes.length || results.some(result => result.conflictDetected)) {
        throw new BrokenConditionError(
          `Datastore failed ${call.purpose}: it ignored the conditions of a commit`,
        );
      }
      return { applied: true, versions: results.map(({ version }) => String(version)) };
    } catch (error) {
      const reason = error instanceof Error && REFUSALS.get(codeOf(error.cause));
      if (reason) {
        return { applied: false, reason };
      }
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  private async lookupOnce(
    paths: readonly RowPath[],
    call: Call,
  ): Promise<{ found: Row[]; deferred: RowPath[] }> {
    const reply = await this.connection.call(call, ({ client, database, options }) =>
      client.lookup(
        {
          ...database,
          keys: paths.map(path => this.key(path, database)),
        },
        options,
      ),
    );
    return {
      found: (reply.found ?? []).map(result => rowOf(result, reply.readTime)),
      deferred: (reply.deferred ?? []).map(({ path }) => path),
    };
  }

  private runQuery(
    queryOf: (database: DatabaseName) => ProtoQuery,
    call: Call,
  ): Promise<ProtoQueryReply> {
    return this.connection.call(call, ({ client, database, options }) =>
      client.runQuery(
        {
          ...database,
          partitionId: this.partition(database),
          query: queryOf(database),
        },
        options,
      ),
    );
  }

  private nameFilter(kind: string, prefix: string): (database: DatabaseName) => ProtoFilter {
    const property = { name: '__key__' };
    return database => {
      const at = (name: string): ProtoValue => ({
        keyValue: this.key([{ kind, name }], database),
      });
      return {
        compositeFilter: {
          op: 'AND',
          filters: [
            { propertyFilter: { property, op: 'GREATER_THAN_OR_EQUAL', value: at(prefix) } },
            { propertyFilter: { property, op: 'LESS_THAN', value: at(nameAfter(prefix)) } },
          ],
        },
      };
    };
  }

  private key(path: RowPath, database: DatabaseName): ProtoKey {
    return { partitionId: this.partition(database), path };
  }

  /** Names all parts: for a named database the server fills nothing in. */
  private partition(database: DatabaseName): ProtoPartition {
    return { ...database, namespaceId: this.namespaceId };
  }
}

function rowOf(
  { entity, version, updateTime }: ProtoEntityResult,
  readTime?: ProtoTimestamp | null,
): Row {
  return {
    path: entity.key.path,
    properties: entity.properties,
    version: String(version),
    ageMs: readTime && updateTime ? timestampMs(readTime) - timestampMs(updateTime) : undefined,
    readMs: readTime ? timestampMs(readTime) : undefined,
  };
}

function pathKey(path: RowPath): string {
  return JSON.stringify(path.map(({ kind, name, id }) => [kind, name, id]));
}

/** Returns the first name after all names that begin with the prefix. */
function nameAfter(prefix: string): string {
  const last = prefix.charCodeAt(prefix.length - 1);
  return prefix.slice(0, -1) + String.fromCharCode(last + 1);
}

function mutationOf(write: RowWrite, keyOf: (path: RowPath) => ProtoKey): ProtoMutation {
  switch (write.type) {
    case 'insert':
      return { insert: { key: keyOf(write.path), properties: write.properties } };
    case 'update':
      return {
        update: { key: keyOf(write.row.path), properties: write.properties },
        ...onlyAt(write.row.version),
      };
    case 'delete':
      return { delete: keyOf(write.row.path), ...onlyAt(write.row.version) };
  }
}

function onlyAt(
  baseVersion: string,
): Pick<ProtoMutation, 'baseVersion' | 'conflictResolutionStrategy'> {
  return { baseVersion, conflictResolutionStrategy: 'FAIL' };
}

/** Returns the start of the next page; undefined after the last page. */
function nextCursor(
  { batch }: ProtoQueryReply,
  current: Cursor | undefined,
  call: Call,
): Cursor | undefined {
  const isEmpty = !batch?.entityResults?.length;
  if (batch?.moreResults === 'NO_MORE_RESULTS') {
    return undefined;
  }
  if (isEmpty && batch?.moreResults !== 'NOT_FINISHED') {
    return undefined;
  }
  const next = batch?.endCursor ?? '';
  // Without a new cursor the scan would read the same page for ever.
  if (next.length === 0 || (current !== undefined && isSame(next, current))) {
    throw new Error(
      `Datastore failed ${call.purpose}: a page of results promises more, but has no cursor for the next page`,
    );
  }
  return next;
}

function isSame(a: Cursor, b: Cursor): boolean {
  return Buffer.from(a).equals(Buffer.from(b));
}
