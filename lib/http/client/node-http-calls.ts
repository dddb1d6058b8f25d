import type { ClientRequest, IncomingMessage } from 'node:http';
import type { ClientCall, ClientCalls } from './client-call.js';
import { declaredLength } from './declared-length.js';
import { hostOfRequest } from './host-name.js';

/** The parts of channel messages that are read. Each message has the request, and some have the rest. */
export interface NodeHttpMessage {
  readonly request: ClientRequest;
  readonly response: IncomingMessage;
}

interface NodeHttpCall {
  /** Undefined for a request of the library. */
  readonly call: ClientCall | undefined;
  /** Whether the whole request was passed to the connection. */
  wasSent: boolean;
}

/** Records requests of `node:http` and `node:https`, and of clients that are built on them. */
export class NodeHttpCalls {
  readonly channels: Readonly<Record<string, (message: NodeHttpMessage) => void>> = {
    // Node 20 does not have this channel.
    'http.client.request.created': ({ request }) => void this.begin(request),
    // Despite its name, Node publishes this when the whole request was passed to the connection.
    'http.client.request.start': ({ request }) => {
      (this.states.get(request) ?? this.begin(request)).wasSent = true;
    },
    // Despite its name, Node publishes this when the response headers have arrived.
    'http.client.response.finish': ({ request, response }) => this.answer(request, response),
    'http.client.request.error': ({ request }) => this.fail(request),
  };
  private readonly states = new WeakMap<ClientRequest, NodeHttpCall>();

  constructor(
    private readonly calls: ClientCalls,
    private readonly safely: (work: () => void) => void,
  ) {}

  private begin(request: ClientRequest): NodeHttpCall {
    return this.keep(
      request,
      this.calls.begin(() => peerOf(request)),
    );
  }

  /** Returns the state, and creates it if needed: on Node 20 a request may fail or be answered before it is published. */
  private stateOf(request: ClientRequest): NodeHttpCall {
    return (
      this.states.get(request) ??
      this.keep(
        request,
        this.calls.beginLate(() => peerOf(request)),
      )
    );
  }

  private keep(request: ClientRequest, call: ClientCall | undefined): NodeHttpCall {
    const state = { call, wasSent: false };
    this.states.set(request, state);
    return state;
  }

  private answer(request: ClientRequest, response: IncomingMessage): void {
    const state = this.stateOf(request);
    const { call } = state;
    if (!call) {
      return;
    }
    call.answer(response.statusCode ?? 0);
    const receivedBytes = watchBody(request, response);
    response.once('close', () =>
      this.safely(() =>
        call.end({
          requestBytes: state.wasSent ? sentBytes(request) : undefined,
          responseBytes: receivedBytes(),
        }),
      ),
    );
  }

  private fail(request: ClientRequest): void {
    const { call } = this.stateOf(request);
    if (call && !call.isAnswered) {
      // It is not known how much of a body was sent before the failure.
      call.fail(sentBytes(request) === 0 ? 0 : undefined);
    }
  }
}

const peerOf = (request: ClientRequest) =>
  ({ name: hostOfRequest(request), client: 'http' }) as const;

/** Returns the length of the request body. Node knows it for every body except chunked ones. */
function sentBytes(request: ClientRequest): number | undefined {
  const { _contentLength: length } = request as { _contentLength?: number | string | null };
  // On Node 22 the length is a string if the application set the header as a string.
  const bytes = Number(length ?? Number.NaN);
  return Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : undefined;
}

/** Counts the bytes of the body as they pass. Does not read ahead, hold or copy any. */
function watchBody(request: ClientRequest, response: IncomingMessage): () => number | undefined {
  if (request.listenerCount('response') === 0) {
    // Without a listener Node discards the body.
    const declared = response.headers['content-length'];
    return () => declaredLength(request.method, response.statusCode ?? 0, declared);
  }
  let received = 0;
  const push = response.push as (chunk: unknown, encoding?: BufferEncoding) => boolean;
  response.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    received += chunk instanceof Uint8Array ? chunk.byteLength : 0;
    return push.call(response, chunk, encoding);
  };
  return () => received;
}
