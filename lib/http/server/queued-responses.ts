import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Responses that wait for their turn, since their clients have sent further requests before they got an answer. Where such a
 * connection breaks, Node emits nothing on the responses that wait, so their end must be learnt from the socket.
 */
export class QueuedResponses {
  private readonly queues = new WeakMap<Socket, Map<ServerResponse, () => void>>();

  /** Calls back if the connection breaks before it is the response's turn. To be called when the request begins. */
  watch(request: IncomingMessage, response: ServerResponse, onLost: () => void): void {
    // A response has no socket until it is its turn. Where a platform calls the application itself, nobody may have one.
    const socket = request.socket as Socket | undefined;
    if (response.socket || !socket) {
      return;
    }
    const queue = this.queues.get(socket) ?? this.newQueue(socket);
    queue.set(response, onLost);
    response.once('socket', () => queue.delete(response));
  }

  /** One listener for each connection, however many requests it brings. */
  private newQueue(socket: Socket): Map<ServerResponse, () => void> {
    const queue = new Map<ServerResponse, () => void>();
    this.queues.set(socket, queue);
    socket.once('close', () => queue.forEach(onLost => onLost()));
    return queue;
  }
}
