import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { FailedSocket, type OnNodeAnswer } from './failed-socket.js';

/** The channel on which Node publishes each request before it decides whether the application gets the request. */
const REQUEST_STARTS = 'http.server.request.start';

interface StartedRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly server: unknown;
}

type Emit = (this: Server, event: string, ...args: unknown[]) => boolean;

/**
 * Watches requests that a Node server answers without the application: 400, 408, 413 and 431 if the head or the body is
 * malformed, late or too large; 400 without a host; 417 for an unknown expectation; 503 above `maxRequestsPerSocket`. Node
 * answers a failed socket only if `clientError` has no listener. So `emit` is wrapped instead of adding a listener, and the
 * writes to a failed socket are watched.
 */
export class NodeAnswers {
  private readonly servers = new WeakSet<object>();
  /** The server of the last request. Comparing it is cheaper than a lookup in the set. */
  private lastServer: unknown;

  constructor(private readonly onAnswer: OnNodeAnswer) {}

  /** Begins to watch a Node server, unless it is watched already. Ignores anything else. */
  watch(server: unknown): void {
    if (server === this.lastServer || !isServer(server)) {
      return;
    }
    this.lastServer = server;
    if (!this.servers.has(server)) {
      this.servers.add(server);
      this.watchFailedSockets(server);
      this.watchWhileListening(server);
    }
  }

  private watchFailedSockets(server: Server): void {
    const emit = server.emit as Emit;
    const sockets = new WeakSet<Socket>();
    const watchSocket = (error: Error, socket: Socket): void => {
      if (!sockets.has(socket)) {
        sockets.add(socket);
        new FailedSocket(socket, error).watch(this.onAnswer);
      }
    };
    const watchedEmit: Emit = function (event, ...args) {
      if (event === 'clientError') {
        watchSocket(args[0] as Error, args[1] as Socket);
      }
      return emit.call(this, event, ...args);
    };
    server.emit = watchedEmit as Server['emit'];
  }

  private watchWhileListening(server: Server): void {
    const started = (message: unknown): void => {
      const { request, response, server: receiver } = message as StartedRequest;
      if (receiver === server && mayBeRefused(request, server)) {
        response.once('finish', () => this.onAnswer(response.statusCode, request));
      }
    };
    const begin = (): void => {
      unsubscribe(REQUEST_STARTS, started);
      subscribe(REQUEST_STARTS, started);
    };
    if (server.listening) {
      begin();
    }
    server.on('listening', begin);
    server.on('close', () => unsubscribe(REQUEST_STARTS, started));
  }
}

/** Whether Node may answer the request without the application. */
function mayBeRefused({ headers }: IncomingMessage, server: Server): boolean {
  return (
    headers.host === undefined ||
    headers.expect !== undefined ||
    (server.maxRequestsPerSocket ?? 0) > 0
  );
}

function isServer(value: unknown): value is Server {
  return typeof value === 'object' && value !== null && 'emit' in value && 'listening' in value;
}
