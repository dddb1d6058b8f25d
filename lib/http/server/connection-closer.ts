import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { OpenSockets } from './open-sockets.js';

/** The part of Node's servers that is used here. */
export interface ConnectionHolder {
  closeIdleConnections?(): void;
  on?(event: 'session', listener: (session: ServerHttp2Session) => void): unknown;
  on?(event: 'connection' | 'secureConnection', listener: (socket: Socket) => void): unknown;
}

/**
 * Closes connections during shutdown, each when its request has ended. A server that shuts down waits for all connections,
 * which clients may keep open for minutes.
 */
export class ConnectionCloser {
  private closing = false;
  private server: ConnectionHolder | undefined;
  /** The sessions of HTTP/2, which Node servers do not list. */
  private readonly sessions = new Set<ServerHttp2Session>();
  private readonly sockets = new OpenSockets();

  /** Watches a server, and allows connections to be kept alive. Call it each time before the server listens. */
  watch(server: ConnectionHolder | undefined): void {
    this.closing = false;
    this.server = server;
    server?.on?.('session', session => {
      this.sessions.add(session);
      session.once('close', () => this.sessions.delete(session));
    });
    if (server?.closeIdleConnections) {
      this.spareUnsentBytes(server, server.closeIdleConnections.bind(server));
    }
  }

  /** Closes idle connections now, and every other connection when its requests have ended. */
  closeAll(): void {
    this.closing = true;
    this.server?.closeIdleConnections?.();
    this.closeSessions();
  }

  /** Call it before each `writeHead`: the headers state whether the connection is kept alive. */
  beforeHeaders(response: ServerResponse): void {
    if (this.closing) {
      response.shouldKeepAlive = false;
    }
  }

  /** Closes the connection of a response that has ended, whose headers may have promised to keep the connection alive. */
  responseEnded(request: IncomingMessage): void {
    if (!this.closing) {
      return;
    }
    if (request.httpVersionMajor === 1) {
      // When a serverless adapter or `inject()` calls the application, the socket may be missing or a mock.
      request.socket?.destroySoon?.();
    } else {
      this.closeSessions();
    }
  }

  /**
   * Keeps connections open that still have bytes to send. Node treats a connection as idle when its response has ended,
   * although a slow client may not have received everything. Replaces `closeIdleConnections`, since the server calls it on
   * closing. {@link responseEnded} closes these connections when all bytes were sent.
   */
  private spareUnsentBytes(server: ConnectionHolder, closeIdleConnections: () => void): void {
    const watchSocket = (socket: Socket): void => this.sockets.add(socket);
    server.on?.('connection', watchSocket);
    server.on?.('secureConnection', watchSocket);
    server.closeIdleConnections = () => {
      const unsent = this.sockets.withUnsentBytes();
      const undo = unsent.map(keepOpen);
      try {
        closeIdleConnections();
      } finally {
        undo.forEach(letClose => letClose());
      }
    };
  }

  /** Closes HTTP/2 sessions; their requests under way are completed first. */
  private closeSessions(): void {
    this.sessions.forEach(session => session.close());
  }
}

/** Keeps a socket from being destroyed, until the returned function is called. */
function keepOpen(socket: Socket): () => void {
  const { destroy } = socket;
  socket.destroy = () => socket;
  return () => {
    socket.destroy = destroy;
  };
}
