import type { ClientRequest, IncomingMessage } from 'node:http';
import type { ClientCall } from './client-call.js';
import type { ClientCalls } from './client-calls.js';
import { declaredLength } from './declared-length.js';
import { hostOfRequest } from './host-name.js';

/** What is read of the messages of all channels; each has the request and some of the others. */
export interface NodeHttpMessage {
  readonly request: ClientRequest;
  readonly response: IncomingMessage;
}

interface NodeHttpCall {
  /** Undefined for a request of the library's own. */
  readonly call: ClientCall | undefined;
  /** The whole request was handed to the connection. */
  wasSent: boolean;
}

/** Watches `node:http` and `node:https`, and whatever is built on them. */
export class NodeHttpCalls {
  readonly channels: Readonly<Record<string, (message: NodeHttpMessage) => void>> = {
    // Node 20 does not have this one.
    'http.client.request.created': ({ request }) => void this.begin(request),
    // Despite its name: when the whole request was handed to the connection.
    'http.client.request.start': ({ request }) => {
      (this.states.get(request) ?? this.begin(request)).wasSent = true;
    },
    // Despite its name: when the headers of the response have come.
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

  /** On Node 20 a request shows only when it was sent; before that it may fail, or be answered already. */
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
      // How much of a longer body has left the machine is not known.
      call.fail(sentBytes(request) === 0 ? 0 : undefined);
    }
  }
}

const peerOf = (request: ClientRequest) =>
  ({ name: hostOfRequest(request), client: 'http' }) as const;

/** Node knows the length of every body but a chunked one, given by the application or counted by itself. */
function sentBytes(request: ClientRequest): number | undefined {
  const { _contentLength: length } = request as { _contentLength?: number | string | null };
  // On Node 22 it is a string where the application gave the header as one.
  const bytes = Number(length ?? Number.NaN);
  return Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : undefined;
}

/** Counts the body as it passes: nothing is read ahead, held or copied. */
function watchBody(request: ClientRequest, response: IncomingMessage): () => number | undefined {
  if (request.listenerCount('response') === 0) {
    // Node throws away what nobody listens for.
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
