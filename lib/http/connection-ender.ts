import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WriteHead } from './response-methods.js';

/** What of Node's servers matters here. */
export interface ConnectionHolder {
  closeIdleConnections?(): void;
}

/**
 * Closes connections as their requests end, from a moment on. A server that shuts down waits for all
 * connections, and clients would keep theirs for minutes.
 */
export class ConnectionEnder {
  private ending = false;

  /** Connections may be kept alive, once more. */
  reset(): void {
    this.ending = false;
  }

  /** From now on no connection outlives its request; those without one are closed at once. */
  endAll(server: ConnectionHolder | undefined): void {
    this.ending = true;
    server?.closeIdleConnections?.();
  }

  /** To be called when a request begins: every way to send headers leads through `writeHead`. */
  requestBegan(response: ServerResponse): void {
    const writeHead = response.writeHead as WriteHead;
    response.writeHead = (status: number, ...others: unknown[]): ServerResponse => {
      if (this.ending) {
        response.shouldKeepAlive = false;
      }
      return writeHead.call(response, status, ...others);
    };
  }

  /**
   * To be called when a response was sent: its headers may have promised to keep the connection. HTTP/2 has
   * no connection of its own for a request.
   */
  responseEnded(request: IncomingMessage): void {
    if (this.ending && request.httpVersionMajor === 1) {
      // Where a platform calls the application itself, the socket may be a mere likeness.
      request.socket?.destroySoon?.();
    }
  }
}
