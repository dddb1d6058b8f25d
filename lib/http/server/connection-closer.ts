import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';

/** What of Node's servers matters here. */
export interface ConnectionHolder {
  closeIdleConnections?(): void;
  on?(event: 'session', listener: (session: ServerHttp2Session) => void): unknown;
  on?(event: 'connection' | 'secureConnection', listener: (socket: Socket) => void): unknown;
}

/**
 * Closes connections as their requests end, from a moment on. A server that shuts down waits for all
 * connections, and clients would keep theirs for minutes.
 */
export class ConnectionCloser {
  private ending = false;
  private server: ConnectionHolder | undefined;
  /** The connections of HTTP/2, which no server lists. */
  private readonly sessions = new Set<ServerHttp2Session>();
  private readonly sockets = new Set<Socket>();

  /** Call it before the server listens, and again when it listens anew: connections may then be kept alive once more. */
  watch(server: ConnectionHolder | undefined): void {
    this.ending = false;
    this.server = server;
    server?.on?.('session', session => {
      this.sessions.add(session);
      session.once('close', () => this.sessions.delete(session));
    });
    if (server?.closeIdleConnections) {
      this.spareUnsentBytes(server, server.closeIdleConnections.bind(server));
    }
  }

  /** From now on no connection outlives its requests; idle connections are closed at once. */
  endAll(): void {
    this.ending = true;
    this.server?.closeIdleConnections?.();
    this.endSessions();
  }

  /** Call it before each `writeHead`: the headers say whether the connection is kept. */
  beforeHeaders(response: ServerResponse): void {
    if (this.ending) {
      response.shouldKeepAlive = false;
    }
  }

  /** Call it when a response was sent: its headers may have promised to keep the connection. */
  responseEnded(request: IncomingMessage): void {
    if (!this.ending) {
      return;
    }
    if (request.httpVersionMajor === 1) {
      // Where a platform calls the application itself, the socket may be a mere likeness.
      request.socket?.destroySoon?.();
    } else {
      this.endSessions();
    }
  }

  /**
   * Keeps connections open that still have bytes to send: Node takes a connection for idle as soon as its response has
   * ended, though a slow client may not have received all of it. The server calls the method itself when it closes, so the
   * method is replaced. {@link responseEnded} closes these connections once all bytes were sent.
   */
  private spareUnsentBytes(server: ConnectionHolder, closeIdleConnections: () => void): void {
    const watchSocket = (socket: Socket): void => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    };
    server.on?.('connection', watchSocket);
    server.on?.('secureConnection', watchSocket);
    server.closeIdleConnections = () => {
      const unsent = [...this.sockets].filter(({ writableLength }) => writableLength > 0);
      const undo = unsent.map(keepOpen);
      try {
        closeIdleConnections();
      } finally {
        undo.forEach(letClose => letClose());
      }
    };
  }

  /** Requests that are under way on them go on to their end. */
  private endSessions(): void {
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
