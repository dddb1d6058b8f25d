import { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { OpenSockets } from '../../../lib/http/server/open-sockets.js';

/** A socket whose bytes are never sent. */
function slowSocket(): Socket {
  return Object.defineProperty(new Socket(), 'writableLength', { value: 1 });
}

describe('The open sockets of a server', () => {
  test('are those with bytes to send, without sockets that have closed', () => {
    const sockets = new OpenSockets();
    const [slow, closed, idle] = [slowSocket(), slowSocket(), new Socket()];
    [slow, closed, idle].forEach(socket => sockets.add(socket));
    closed.destroy();
    expect(sockets.withUnsentBytes()).toEqual([slow]);
  });

  test('get no listener, which on Node 24 would make each request survive collections of garbage', () => {
    const socket = new Socket();
    const before = socket.listenerCount('close');
    new OpenSockets().add(socket);
    expect(socket.listenerCount('close')).toBe(before);
  });

  test('forget closed sockets while connections come and go', () => {
    const sockets = new OpenSockets();
    const forgotten: Socket[] = [];
    for (let i = 0; i < 10_000; i++) {
      const socket = slowSocket();
      sockets.add(socket);
      socket.destroy();
      forgotten.push(socket);
    }
    // A socket that is still held would be found again when it seems to be open.
    forgotten.forEach(socket => Object.defineProperty(socket, 'destroyed', { value: false }));
    expect(sockets.withUnsentBytes().length).toBeLessThanOrEqual(64);
  });
});
