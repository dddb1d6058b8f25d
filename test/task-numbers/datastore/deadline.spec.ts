import { once } from 'node:events';
import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { Deadline, DeadlineError } from '../../../lib/task-numbers/datastore/deadline.js';

/** Answers each connection after 20 ms, from a thread that goes on while this one is blocked. */
const ECHO_SERVER = `
  const { parentPort } = require('node:worker_threads');
  const server = require('node:net').createServer(socket => {
    socket.on('error', () => {});
    setTimeout(() => socket.write('answer'), 20);
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`;

function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe('Deadline', () => {
  it('gives the answer, or the failure, that comes in time', async () => {
    const deadline = new Deadline(10_000);
    expect(await deadline.wait(Promise.resolve(7))).toBe(7);
    await expect(deadline.wait(Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('rejects when no answer comes, and ignores what comes later', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): number => unhandled.push(reason);
    process.on('unhandledRejection', note);
    let fail: (error: Error) => void = () => undefined;
    const answer = new Promise<never>((_, reject) => (fail = reject));
    await expect(new Deadline(10).wait(answer)).rejects.toThrow(DeadlineError);
    fail(new Error('late'));
    await new Promise(resolve => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it('is one deadline for all that is waited for', async () => {
    const deadline = new Deadline(50);
    const never = new Promise<never>(() => undefined);
    await expect(deadline.wait(never)).rejects.toThrow('no answer within 50 ms');
    expect(deadline.remainingMs()).toBe(1);
    await expect(deadline.wait(never)).rejects.toThrow(DeadlineError);
  });

  it('F7 a deadline that fires late, after a freeze, reads a reply that is already in the socket', async () => {
    const worker = new Worker(ECHO_SERVER, { eval: true });
    const [port] = (await once(worker, 'message')) as [number];
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      const answer = once(socket, 'data').then(([data]) => String(data));
      const deadline = new Deadline(100);
      const waited = deadline.wait(answer);
      block(500);
      expect(await waited).toBe('answer');
    } finally {
      socket.destroy();
      await worker.terminate();
    }
  });

  it('a deadline that fires late and finds no reply rejects all the same', async () => {
    const waited = new Deadline(10).wait(new Promise<never>(() => undefined));
    block(200);
    await expect(waited).rejects.toThrow(DeadlineError);
  });
});
