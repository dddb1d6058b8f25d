import { systemClock } from '../../clock/clock.js';
import { Deadline, isDeadlineError } from '../../clock/deadline.js';
import { errorMessage } from '../../log.js';
import type { GapicClient } from './proto.js';
import type { Call } from './row-store.js';

/**
 * What is needed of a `Datastore` client of `@google-cloud/datastore`: where it connects to, and as whom.
 * Any instance of that class fits.
 *
 * @publicApi
 */
export interface DatastoreClient {
  /** What the client was made with, and what it made of the environment. */
  readonly options: object;
  /** Its credentials; they are shared. */
  readonly auth: object;
  /** The project, from the options, the environment, the credentials or the metadata server. */
  getProjectId(): Promise<string>;
}

/** What a call needs beside its own arguments. */
interface Connected {
  readonly client: GapicClient;
  readonly projectId: string;
  /** For the transport, so that it forgets the call when we do. */
  readonly options: { timeout: number };
}

/** Channels can stay dead after a freeze until they are replaced; making one too often leaks memory. */
const UNANSWERED_BEFORE_RECONNECT = 3;

/**
 * Calls the generated client, which alone knows versions and conditions. It is made from the options of
 * the high-level client, and has its own channel under the same credentials.
 */
export class GapicConnection {
  private connecting: Promise<Omit<Connected, 'options'>> | undefined;
  private unanswered = 0;

  constructor(private readonly datastore: DatastoreClient) {}

  /** @throws Error that says what was being done, with the backend's own error as its cause. */
  async call<T>(call: Call, rpc: (connected: Connected) => Promise<[T]>): Promise<T> {
    try {
      // By the machine's clock: the deadlines of the generated client do not hold in every state of the connection.
      return await Deadline.run(systemClock, 'The answer', call.deadlineMs, async deadline => {
        const { client, projectId } = await deadline.race(this.connected());
        const options = { timeout: deadline.remainingMs() };
        const [reply] = await deadline.race(rpc({ client, projectId, options }));
        this.unanswered = 0;
        return reply;
      });
    } catch (error) {
      this.noteFailure(error);
      throw new Error(`Datastore failed ${call.purpose}: ${errorMessage(error)}`, { cause: error });
    }
  }

  /** Ends the connection; the next call makes a new one. */
  async close(): Promise<void> {
    const { connecting } = this;
    this.connecting = undefined;
    this.unanswered = 0;
    const connected = await connecting?.catch(() => undefined);
    await connected?.client.close();
  }

  private async connected(): Promise<Omit<Connected, 'options'>> {
    this.connecting ??= connect(this.datastore);
    const { connecting } = this;
    try {
      return await connecting;
    } catch (error) {
      // A client that failed to authenticate stays failed: the next call makes another.
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
    // Not awaited: a channel that does not answer may not close either, and its caller has waited enough.
    if (this.unanswered >= UNANSWERED_BEFORE_RECONNECT) {
      this.close().catch(() => undefined);
    }
  }
}

/** DEADLINE_EXCEEDED and UNAVAILABLE. */
const NO_ANSWER: ReadonlySet<unknown> = new Set([4, 14]);

/** The gRPC status code of an error of the generated client. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

async function connect(datastore: DatastoreClient): Promise<Omit<Connected, 'options'>> {
  const { v1 } = await import('@google-cloud/datastore');
  const client: GapicClient = new v1.DatastoreClient({
    ...datastore.options,
    auth: datastore.auth,
  });
  // Awaited before any call: a call on a client that cannot initialize is an unhandled rejection.
  const [projectId] = await Promise.all([datastore.getProjectId(), client.initialize()]);
  return { client, projectId };
}
