import type { Client, ClientUnaryCall, Metadata } from '@grpc/grpc-js';
import { abortable } from '../../clock/deadline.js';
import type { WorkQueue } from '../../clock/work-queue.js';
import { authorizationHeaders } from '../../google/authorization.js';
import { withoutLookupWarning } from '../../google/quiet-lookup.js';
import { loadOptional } from '../../google/optional-package.js';
import { errorMessage } from '../../log.js';
import { NotCalledError } from './insert-failure.js';
import {
  loadInsertMethod,
  NEED_OF_GRPC,
  type InsertMethod,
  type InsertReply,
} from './insert-method.js';
import type { MetricsPayload } from './metrics-payload.js';
import { defaultCredentials, type ProdXCredentials } from './prodx-credentials.js';
import { SERVICE } from './schema.js';

type Grpc = typeof import('@grpc/grpc-js');

/** The address and the credentials of calls. */
interface InsertChannelOptions {
  /** `host:port`. */
  readonly endpoint: string;
  /** Undefined for the application default credentials. */
  readonly credentials?: ProdXCredentials | undefined;
  /** Whether to connect without TLS and without credentials. */
  readonly insecure: boolean;
}

interface Connected {
  readonly client: Client;
  readonly metadata: Metadata;
}

interface PreparedCall extends Connected {
  readonly method: InsertMethod;
  readonly request: Buffer;
}

const CLIENT_OPTIONS = {
  // Without this a new client would share the connection that it replaces.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.service_config_disable_resolution': 1,
};

/** After so many calls without an answer the connection is replaced: it can stay dead after a freeze. */
const UNANSWERED_BEFORE_RECONNECT = 3;
/** DEADLINE_EXCEEDED and UNAVAILABLE. */
const NO_ANSWER: ReadonlySet<unknown> = new Set([4, 14]);

/** Calls `MonitoringService.Insert`. The first call loads the packages that it needs. */
export class InsertChannel {
  private readonly calls = new Set<ClientUnaryCall>();
  private credentials: ProdXCredentials | undefined;
  private method: Promise<InsertMethod> | undefined;
  private client: Client | undefined;
  private unanswered = 0;
  private isClosed = false;

  /** @param queue the queue in which requests are serialised. */
  constructor(
    private readonly options: InsertChannelOptions,
    private readonly queue: WorkQueue,
  ) {
    this.credentials = options.credentials;
  }

  get closed(): boolean {
    return this.isClosed;
  }

  /**
   * Sends a request whose payload is given in parts.
   *
   * @throws the reason of the signal when the signal is aborted, NotCalledError when no call was made, or the error of the call.
   */
  async insert(parts: readonly MetricsPayload[], signal: AbortSignal): Promise<InsertReply> {
    const prepared = await this.prepare(parts, signal).catch((cause: unknown) => {
      throw new NotCalledError(errorMessage(cause), { cause });
    });
    try {
      const reply = await this.call(prepared, signal);
      this.unanswered = 0;
      return reply;
    } catch (error) {
      const isAnswer = !signal.aborted && !NO_ANSWER.has(codeOf(error));
      this.noteFailure(prepared.client, isAnswer);
      throw error;
    }
  }

  /** Gives up the calls in progress. */
  close(): void {
    this.isClosed = true;
    this.calls.forEach(call => call.cancel());
    this.disconnect();
  }

  private async prepare(
    parts: readonly MetricsPayload[],
    signal: AbortSignal,
  ): Promise<PreparedCall> {
    const method = await abortable((this.method ??= loadInsertMethod()), signal);
    const request = await this.queue.run(slice => method.serialize(parts, slice), signal);
    const connected = await abortable(this.connected(), signal);
    return { ...connected, method, request };
  }

  private call(
    { client, metadata, method, request }: PreparedCall,
    signal: AbortSignal,
  ): Promise<InsertReply> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const cancel = (): void => {
        reject(signal.reason as Error);
        call.cancel();
      };
      const call = client.makeUnaryRequest(
        method.path,
        asIs,
        method.deserializeReply,
        request,
        metadata,
        (error, reply) => {
          signal.removeEventListener('abort', cancel);
          this.calls.delete(call);
          if (error) {
            reject(this.isClosed ? closedError(error) : error);
          } else {
            resolve(reply!);
          }
        },
      );
      this.calls.add(call);
      signal.addEventListener('abort', cancel, { once: true });
    });
  }

  private async connected(): Promise<Connected> {
    const grpc = await loadGrpc();
    const metadata = await this.authorization(grpc);
    if (this.isClosed) {
      throw closedError();
    }
    this.client ??= new grpc.Client(
      this.options.endpoint,
      this.options.insecure ? grpc.credentials.createInsecure() : grpc.credentials.createSsl(),
      CLIENT_OPTIONS,
    );
    return { client: this.client, metadata };
  }

  /** Adds the authorization. The helper of @grpc/grpc-js does not accept the `Headers` of google-auth-library 10. */
  private async authorization({ Metadata }: Grpc): Promise<Metadata> {
    const metadata = new Metadata();
    if (!this.options.insecure) {
      const credentials = (this.credentials ??= await defaultCredentials());
      const url = `https://${this.options.endpoint}/${SERVICE}`;
      const authorize = () => authorizationHeaders(credentials, url);
      const headers = await (this.client ? authorize() : withoutLookupWarning(authorize));
      Object.entries(headers).forEach(([name, value]) => metadata.set(name, value));
    }
    return metadata;
  }

  private noteFailure(client: Client, isAnswer: boolean): void {
    if (isAnswer) {
      this.unanswered = 0;
    } else if (client === this.client && ++this.unanswered >= UNANSWERED_BEFORE_RECONNECT) {
      this.disconnect();
    }
  }

  /** Closes the connection, so that the next call makes a new one. */
  private disconnect(): void {
    this.client?.close();
    this.client = undefined;
    this.unanswered = 0;
  }
}

function loadGrpc(): Promise<Grpc> {
  return loadOptional({
    ...NEED_OF_GRPC,
    name: '@grpc/grpc-js',
    load: () => import('@grpc/grpc-js'),
  });
}

function asIs(bytes: Buffer): Buffer {
  return bytes;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function closedError(cause?: Error): Error {
  return new Error('the monitor is closed', { cause });
}
