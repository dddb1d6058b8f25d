import type { Bodies, ClientCall } from './client-call.js';
import type { ClientCalls } from './client-calls.js';
import { declaredLength } from './declared-length.js';
import { hostOfUrl } from './host-name.js';

/** What is read of a request of undici. */
interface UndiciRequest {
  readonly method: string;
  readonly origin: string | URL;
  readonly body: unknown;
  readonly contentLength: number | null;
}

/** What is read of the messages of all channels; each has the request and some of the others. */
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

  /** Bytes that were handed to the connection. Only newer undicis tell of each chunk. */
  requestBytes(): number | undefined {
    const whole = this.bodyWasSent || this.bodyLength === 0 ? this.bodyLength : undefined;
    return this.sent || whole;
  }
}

/** Watches `fetch` and undici, the one in Node as well as the package: both publish on the same channels. */
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

  /** Not for requests of the library's own, nor for those that began before anybody watched. */
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

/** From names and values in turns, as bytes or as text. */
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
