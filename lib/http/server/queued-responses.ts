import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Whether the response waits for earlier responses on its connection. */
export function isQueued(request: IncomingMessage, response: ServerResponse): boolean {
  // A queued response has no socket yet. When a serverless adapter or `inject()` calls the application, there may be no socket.
  return !response.socket && Boolean(request.socket as Socket | undefined);
}

/**
 * Watches responses that are queued because their clients pipeline requests. If such a connection breaks, Node emits
 * nothing on the queued responses, so the event `close` of the socket is used.
 */
export class QueuedResponses {
  private readonly queues = new WeakMap<Socket, Map<ServerResponse, () => void>>();

  /** Calls `onLost` if the connection breaks while the response is queued. Call it when the request begins. */
  watch({ socket }: IncomingMessage, response: ServerResponse, onLost: () => void): void {
    const queue = this.queues.get(socket) ?? this.newQueue(socket);
    queue.set(response, onLost);
    response.once('socket', () => queue.delete(response));
  }

  /** Adds one listener for each connection, not for each request. */
  private newQueue(socket: Socket): Map<ServerResponse, () => void> {
    const queue = new Map<ServerResponse, () => void>();
    this.queues.set(socket, queue);
    socket.once('close', () => queue.forEach(onLost => onLost()));
    return queue;
  }
}
