import { codeOf, GapicConnection, type DatastoreClient } from './gapic-connection.js';
import type {
  ProtoEntityResult,
  ProtoKey,
  ProtoMutation,
  ProtoPartition,
  ProtoQueryReply,
} from './proto.js';
import type { Call, CommitAnswer, Row, RowPath, RowStore, RowWrite } from './row-store.js';

const PAGE_ROWS = 500;

type Cursor = Uint8Array | string;

/** What a server says when it definitely applied nothing. Every other failure means: perhaps applied. */
const REFUSALS: ReadonlyMap<unknown, string> = new Map([
  [5, 'NOT_FOUND'],
  [6, 'ALREADY_EXISTS'],
  [9, 'FAILED_PRECONDITION'],
  [10, 'ABORTED'],
]);

/** The rows of a namespace of Datastore, or of Firestore in Datastore mode. */
export class GapicRowStore implements RowStore {
  private readonly connection: GapicConnection;
  private readonly databaseId: string | undefined;

  constructor(
    datastore: DatastoreClient,
    private readonly namespaceId: string,
  ) {
    this.connection = new GapicConnection(datastore);
    this.databaseId = databaseIdOf(datastore);
  }

  async lookup(path: RowPath, call: Call): Promise<Row | undefined> {
    const reply = await this.connection.call(call, ({ client, projectId, options }) =>
      client.lookup(
        { projectId, databaseId: this.databaseId, keys: [this.key(path, projectId)] },
        options,
      ),
    );
    if (reply.deferred?.length) {
      throw new Error(`Datastore failed ${call.purpose}: the server deferred the lookup`);
    }
    const [found] = reply.found ?? [];
    return found && rowOf(found);
  }

  async *scan(kind: string, call: Call): AsyncGenerator<readonly Row[]> {
    let startCursor: Cursor | undefined;
    do {
      const reply = await this.connection.call(call, ({ client, projectId, options }) =>
        client.runQuery(
          {
            projectId,
            databaseId: this.databaseId,
            partitionId: this.partition(projectId),
            query: { kind: [{ name: kind }], startCursor, limit: { value: PAGE_ROWS } },
          },
          options,
        ),
      );
      const results = reply.batch?.entityResults ?? [];
      if (results.length > 0) {
        yield results.map(rowOf);
      }
      startCursor = nextCursor(reply, startCursor, call);
    } while (startCursor !== undefined);
  }

  async commit(writes: readonly RowWrite[], call: Call): Promise<CommitAnswer> {
    try {
      const reply = await this.connection.call(call, ({ client, projectId, options }) =>
        client.commit(
          {
            projectId,
            databaseId: this.databaseId,
            mode: 'TRANSACTIONAL',
            singleUseTransaction: { readWrite: {} },
            mutations: writes.map(write => mutationOf(write, path => this.key(path, projectId))),
          },
          options,
        ),
      );
      const results = reply.mutationResults ?? [];
      if (results.length !== writes.length || results.some(result => result.conflictDetected)) {
        throw new Error(
          `Datastore failed ${call.purpose}: it did not keep the conditions of a commit`,
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

  private key(path: RowPath, projectId: string): ProtoKey {
    return { partitionId: this.partition(projectId), path };
  }

  /** Whole: with a named database the server fills nothing in. */
  private partition(projectId: string): ProtoPartition {
    return { projectId, databaseId: this.databaseId, namespaceId: this.namespaceId };
  }
}

/** The generated client does not add it by itself. */
function databaseIdOf({ options }: DatastoreClient): string | undefined {
  return 'databaseId' in options && typeof options.databaseId === 'string'
    ? options.databaseId
    : undefined;
}

function rowOf({ entity, version }: ProtoEntityResult): Row {
  return { path: entity.key.path, properties: entity.properties, version: String(version) };
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

/** Where the next page starts; undefined after the last one. */
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
  // Going on would read the same page for ever.
  if (next.length === 0 || String(next) === String(current)) {
    throw new Error(
      `Datastore failed ${call.purpose}: a page of results says that more follow, but not where`,
    );
  }
  return next;
}
