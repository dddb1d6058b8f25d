import { once } from 'node:events';
import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../lib/clock/clock.js';
import { abortable, Deadline, DeadlineError } from '../../lib/clock/deadline.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';

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

const never = new Promise<never>(() => undefined);

describe('Deadline', () => {
  it('gives what the promise gives in time', async () => {
    const deadline = new Deadline(new ManualClock(), 'A flush', 1000);
    await expect(deadline.race(Promise.resolve(1))).resolves.toBe(1);
    await expect(deadline.race(Promise.reject(new Error('own')))).rejects.toThrow('own');
    expect(deadline.signal.aborted).toBe(false);
  });

  it('rejects when the time is over, says what took so long, and aborts its signal', async () => {
    const clock = new ManualClock();
    const deadline = new Deadline(clock, 'A flush', 1500);
    const race = deadline.race(never);
    clock.advance(1499);
    expect(deadline.signal.aborted).toBe(false);
    clock.advance(1);
    await expect(race).rejects.toThrow(new DeadlineError('A flush took longer than 1.5 s.'));
    expect(deadline.signal.aborted).toBe(true);
    await expect(deadline.race(never)).rejects.toThrow(DeadlineError);
  });

  it('cleared never ends', () => {
    const clock = new ManualClock();
    const deadline = new Deadline(clock, 'A flush', 1000);
    deadline.clear();
    clock.advance(5000);
    expect(deadline.signal.aborted).toBe(false);
  });

  it('says how much time is left, at least one millisecond', () => {
    const clock = new ManualClock();
    const deadline = new Deadline(clock, 'A flush', 1000);
    clock.advance(300);
    expect(deadline.remainingMs()).toBe(700);
    clock.advance(5000);
    expect(deadline.remainingMs()).toBe(1);
  });

  it('F7 a deadline that fires late, after a freeze, reads a reply that is already in the socket', async () => {
    const worker = new Worker(ECHO_SERVER, { eval: true });
    const [port] = (await once(worker, 'message')) as [number];
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      const answer = once(socket, 'data').then(([data]) => String(data));
      const deadline = new Deadline(systemClock, 'The answer', 100);
      const waited = deadline.race(answer);
      block(500);
      expect(await waited).toBe('answer');
    } finally {
      socket.destroy();
      await worker.terminate();
    }
  });

  it('a deadline that fires late and finds no reply rejects all the same', async () => {
    const waited = new Deadline(systemClock, 'The answer', 10).race(never);
    block(200);
    await expect(waited).rejects.toThrow(DeadlineError);
  });

  it('ends with its parent', async () => {
    const parent = new AbortController();
    const deadline = new Deadline(new ManualClock(), 'A flush', 1000, parent.signal);
    const race = deadline.race(never);
    parent.abort(new Error('closing'));
    await expect(race).rejects.toThrow('closing');
  });
});

describe('abortable', () => {
  it('rejects at once under an aborted signal', async () => {
    await expect(abortable(never, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
  });

  it('ignores a rejection that comes after the abort', async () => {
    const controller = new AbortController();
    let fail: (error: Error) => void = () => undefined;
    const slow = new Promise<never>((_, reject) => (fail = reject));
    const waiting = abortable(slow, controller.signal);
    controller.abort(new Error('gone'));
    fail(new Error('late'));
    await expect(waiting).rejects.toThrow('gone');
  });
});
