import type { Socket } from 'node:net';

const FIRST_SWEEP_AT = 64;

/**
 * The connections of a server. Forgets closed connections from time to time, when as many are open again as at the last
 * sweep. A `close` listener on each socket would cost more: on Node 24 with Fastify, a third of what a request allocated
 * survived until a full collection of garbage.
 */
export class OpenSockets {
  private readonly sockets = new Set<Socket>();
  private sweepAt = FIRST_SWEEP_AT;

  add(socket: Socket): void {
    if (this.sockets.size >= this.sweepAt) {
      this.sweep();
    }
    this.sockets.add(socket);
  }

  /** Returns the connections that still have bytes to send. */
  withUnsentBytes(): Socket[] {
    this.sweep();
    return [...this.sockets].filter(({ writableLength }) => writableLength > 0);
  }

  private sweep(): void {
    for (const socket of this.sockets) {
      if (socket.destroyed) {
        this.sockets.delete(socket);
      }
    }
    this.sweepAt = Math.max(FIRST_SWEEP_AT, 2 * this.sockets.size);
  }
}
