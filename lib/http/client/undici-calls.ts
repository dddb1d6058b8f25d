import type { Bodies, ClientCall, ClientCalls } from './client-call.js';
import { declaredLength } from './declared-length.js';
import { hostOfUrl } from './host-name.js';

/** The parts of an undici request that are read. */
interface UndiciRequest {
  readonly method: string;
  readonly origin: string | URL;
  readonly body: unknown;
  readonly contentLength: number | null;
}

/** The parts of channel messages that are read. Each message has the request, and some have the rest. */
export interface UndiciMessage {
  readonly request: UndiciRequest;
  readonly response: { readonly statusCode: number; readonly headers: readonly unknown[] };
  readonly chunk: Uint8Array | string;
}

class UndiciCall {
  sent = 0;
  received = 0;
  bodyWasSent = false;
  declared: number | undefined;

  constructor(
    readonly call: ClientCall,
    private readonly bodyLength: number | undefined,
  ) {}

  bodies(): Bodies {
    return { requestBytes: this.requestBytes(), responseBytes: this.received || undefined };
  }

  /** The bytes that were passed to the connection. Only newer versions of undici publish each chunk. */
  requestBytes(): number | undefined {
    const whole = this.bodyWasSent || this.bodyLength === 0 ? this.bodyLength : undefined;
    return this.sent || whole;
  }
}

/** Records requests of `fetch` and undici. Node's built-in undici and the package publish on the same channels. */
export class UndiciCalls {
  readonly channels: Readonly<Record<string, (message: UndiciMessage) => void>> = {
    'undici:request:create': ({ request }) => this.begin(request),
    'undici:request:bodyChunkSent': ({ request, chunk }) =>
      this.with(request, state => (state.sent += lengthOf(chunk))),
    'undici:request:bodySent': ({ request }) =>
      this.with(request, state => (state.bodyWasSent = true)),
    'undici:request:headers': ({ request, response }) =>
      this.with(request, state => answer(state, request, response)),
    'undici:request:bodyChunkReceived': ({ request, chunk }) =>
      this.with(request, state => (state.received += lengthOf(chunk))),
    'undici:request:trailers': ({ request }) => this.with(request, complete),
    'undici:request:error': ({ request }) => this.with(request, breakOff),
  };
  private readonly states = new WeakMap<object, UndiciCall>();

  constructor(private readonly calls: ClientCalls) {}

  private begin(request: UndiciRequest): void {
    const call = this.calls.begin(() => ({ name: hostOfUrl(request.origin), client: 'undici' }));
    if (call) {
      this.states.set(request, new UndiciCall(call, lengthOfBody(request)));
    }
  }

  /** Skips requests of the library, and requests that started before the library listened. */
  private with(request: UndiciRequest, work: (state: UndiciCall) => void): void {
    const state = this.states.get(request);
    if (state) {
      work(state);
    }
  }
}

function answer(
  state: UndiciCall,
  { method }: UndiciRequest,
  { statusCode, headers }: UndiciMessage['response'],
): void {
  const isInformation = statusCode < 200;
  if (!isInformation) {
    state.declared = declaredLength(method, statusCode, headerOf(headers, 'content-length'));
    state.call.answer(statusCode);
  }
}

function complete(state: UndiciCall): void {
  const { requestBytes, responseBytes } = state.bodies();
  state.call.end({ requestBytes, responseBytes: responseBytes ?? state.declared });
}

function breakOff(state: UndiciCall): void {
  if (state.call.isAnswered) {
    state.call.end(state.bodies());
  } else {
    state.call.fail(state.requestBytes());
  }
}

function lengthOfBody({ body, contentLength }: UndiciRequest): number | undefined {
  if (body === null || body === undefined) {
    return 0;
  }
  return contentLength ?? (body instanceof Uint8Array ? body.byteLength : undefined);
}

/** Finds a header in a list of alternating names and values, as bytes or text. */
function headerOf(headers: readonly unknown[], wanted: string): string | undefined {
  const i = headers.findIndex((name, at) => at % 2 === 0 && isHeader(name, wanted));
  return i === -1 ? undefined : String(headers[i + 1]);
}

/** Only names as long as the wanted one are decoded. */
function isHeader(name: unknown, wanted: string): boolean {
  const { length } = name as Uint8Array | string;
  return length === wanted.length && String(name).toLowerCase() === wanted;
}

function lengthOf(chunk: Uint8Array | string): number {
  return typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.byteLength;
}
