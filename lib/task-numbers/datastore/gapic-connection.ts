import { setMaxListeners } from 'node:events';
import { systemClock } from '../../clock/clock.js';
import { abortable, Deadline, isDeadlineError } from '../../clock/deadline.js';
import { withoutLookupWarning } from '../../google/quiet-lookup.js';
import { errorMessage } from '../../log.js';
import type { GapicClient } from './proto.js';
import type { Call } from './row-store.js';

/**
 * The part of a `Datastore` client of `@google-cloud/datastore` that is used: its options and credentials. Any instance of
 * that class fits.
 *
 * @inline
 */
export interface DatastoreClient {
  /** The options of the client, completed from the environment. */
  readonly options: object;
  /** The credentials. The library shares them. */
  readonly auth: object;
  /** The project, from the options, the environment, the credentials or the metadata server. */
  getProjectId(): Promise<string>;
}

/** Whether a value is a client, and not the options for one. */
export function isDatastoreClient(value: object | undefined): value is DatastoreClient {
  return value !== undefined && 'getProjectId' in value && typeof value.getProjectId === 'function';
}

/** The names of the database, which every call must tell: the generated client does not add them by itself. */
export interface DatabaseName {
  readonly projectId: string;
  /** Undefined for the default database. */
  readonly databaseId: string | undefined;
}

interface Connection {
  readonly client: GapicClient;
  readonly database: DatabaseName;
}

/** A connection for one call. */
interface Connected extends Connection {
  /** Lets the transport give the call up at the same time as we do. */
  readonly options: { timeout: number };
}

/** A channel can stay dead after a freeze until it is replaced. Replacing it too often leaks memory. */
const UNANSWERED_BEFORE_RECONNECT = 3;

/**
 * Calls the generated client: only that one supports versions and conditions. The generated client is made from the options
 * of the high-level client, and has its own channel with the same credentials.
 */
export class GapicConnection {
  private connecting: Promise<Connection> | undefined;
  private unanswered = 0;
  /** Ends the calls in progress. */
  private closing = new AbortController();

  /** @param load returns the high-level client. It is called for each call, and loads its package once. */
  constructor(private readonly load: () => Promise<DatastoreClient>) {}

  /** @throws Error that names the purpose of the call, with the error of the backend as its cause. */
  async call<T>(call: Call, rpc: (connected: Connected) => Promise<[T]>): Promise<T> {
    const { signal } = this.closing;
    // Each call in progress listens. Node would warn of a leak at more than ten listeners.
    setMaxListeners(0, signal);
    try {
      // Loading the package can take seconds on a busy machine, and says nothing about Datastore.
      const datastore = await abortable(this.load(), signal);
      // The deadlines of the generated client do not hold in every state of the connection, so we have our own.
      const answered = async (deadline: Deadline): Promise<T> => {
        const connection = await deadline.race(this.connected(datastore));
        const options = { timeout: deadline.remainingMs() };
        const [reply] = await deadline.race(rpc({ ...connection, options }));
        this.unanswered = 0;
        return reply;
      };
      return await Deadline.run(systemClock, 'The answer', call.deadlineMs, answered, signal);
    } catch (error) {
      this.noteFailure(error);
      throw new Error(`Datastore failed ${call.purpose}: ${errorMessage(error)}`, { cause: error });
    }
  }

  /** Ends the connection. Calls in progress fail at once; the next call makes a new connection. */
  async close(): Promise<void> {
    const { closing } = this;
    this.closing = new AbortController();
    closing.abort(new Error('The connection was closed.'));
    await this.disconnect();
  }

  private async disconnect(): Promise<void> {
    const { connecting } = this;
    this.connecting = undefined;
    this.unanswered = 0;
    const connected = await connecting?.catch(() => undefined);
    await connected?.client.close();
  }

  private async connected(datastore: DatastoreClient): Promise<Connection> {
    this.connecting ??= connect(datastore);
    const { connecting } = this;
    try {
      return await connecting;
    } catch (error) {
      // A client that failed to authenticate never recovers: the next call makes a new one.
      if (this.connecting === connecting) {
        this.connecting = undefined;
      }
      throw error;
    }
  }

  private noteFailure(failure: unknown): void {
    const isAnswer = !isDeadlineError(failure) && !NO_ANSWER.has(codeOf(failure));
    if (isAnswer) {
      this.unanswered = 0;
      return;
    }
    this.unanswered++;
    // Not awaited: a channel that does not answer may not close either, and the caller has waited long enough.
    if (this.unanswered >= UNANSWERED_BEFORE_RECONNECT) {
      this.disconnect().catch(() => undefined);
    }
  }
}

/** DEADLINE_EXCEEDED and UNAVAILABLE. */
const NO_ANSWER: ReadonlySet<unknown> = new Set([4, 14]);

/** Returns the gRPC status code of an error of the generated client. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

async function connect(datastore: DatastoreClient): Promise<Connection> {
  const { v1 } = await import('@google-cloud/datastore');
  const client: GapicClient = new v1.DatastoreClient({
    ...datastore.options,
    auth: datastore.auth,
  });
  // Initializes before any call: a call on a client that cannot initialize causes an unhandled rejection.
  const [projectId] = await withoutLookupWarning(() =>
    Promise.all([datastore.getProjectId(), client.initialize()]),
  );
  return { client, database: { projectId, databaseId: databaseIdOf(datastore) } };
}

function databaseIdOf({ options }: DatastoreClient): string | undefined {
  return 'databaseId' in options && typeof options.databaseId === 'string'
    ? options.databaseId
    : undefined;
}
