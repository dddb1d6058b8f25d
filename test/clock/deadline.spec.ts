import { getEventListeners, once } from 'node:events';
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
  it('resolves with the result of work that ends in time', async () => {
    await Deadline.run(new ManualClock(), 'A flush', 1000, async deadline => {
      await expect(deadline.race(Promise.resolve(1))).resolves.toBe(1);
      await expect(deadline.race(Promise.reject(new Error('own')))).rejects.toThrow('own');
      expect(deadline.signal.aborted).toBe(false);
    });
  });

  it('rejects when time is up, names the work, and aborts its signal', async () => {
    const clock = new ManualClock();
    await Deadline.run(clock, 'A flush', 1500, async deadline => {
      const race = deadline.race(never);
      clock.advance(1499);
      expect(deadline.signal.aborted).toBe(false);
      clock.advance(1);
      await expect(race).rejects.toThrow(new DeadlineError('A flush took longer than 1.5 s.'));
      expect(deadline.signal.aborted).toBe(true);
      await expect(deadline.race(never)).rejects.toThrow(DeadlineError);
    });
  });

  it('says how much time is left, at least one millisecond', async () => {
    const clock = new ManualClock();
    await Deadline.run(clock, 'A flush', 1000, async deadline => {
      clock.advance(300);
      expect(deadline.remainingMs()).toBe(700);
      clock.advance(5000);
      expect(deadline.remainingMs()).toBe(1);
    });
  });

  it('F10 keeps the process alive until the work has settled', async () => {
    const timers = (): number =>
      process.getActiveResourcesInfo().filter(resource => resource === 'Timeout').length;
    const before = timers();
    let finish = (): void => undefined;
    const work = new Promise<void>(resolve => (finish = resolve));
    const run = Deadline.run(systemClock, 'A flush', 60_000, () => work);
    expect(timers()).toBe(before + 1);
    finish();
    await run;
    expect(timers()).toBe(before);
  });

  it('F7 a deadline that fires late, after a freeze, reads a reply that is already in the socket', async () => {
    const worker = new Worker(ECHO_SERVER, { eval: true });
    const [port] = (await once(worker, 'message')) as [number];
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      const answer = once(socket, 'data').then(([data]) => String(data));
      const waited = Deadline.run(systemClock, 'The answer', 100, deadline =>
        deadline.race(answer),
      );
      block(500);
      expect(await waited).toBe('answer');
    } finally {
      socket.destroy();
      await worker.terminate();
    }
  });

  it('a deadline that fires late and finds no reply rejects all the same', async () => {
    const waited = Deadline.run(systemClock, 'The answer', 10, deadline => deadline.race(never));
    block(200);
    await expect(waited).rejects.toThrow(DeadlineError);
  });

  it('ends with its parent', async () => {
    const parent = new AbortController();
    const work = (deadline: Deadline): Promise<never> => deadline.race(never);
    const run = Deadline.run(new ManualClock(), 'A flush', 1000, work, parent.signal);
    parent.abort(new Error('closing'));
    await expect(run).rejects.toThrow('closing');
  });
});

describe('Deadline.run()', () => {
  it('leaves nothing behind on a parent that lives long', async () => {
    const parent = new AbortController();
    await Deadline.run(new ManualClock(), 'A flush', 1000, async () => 'done', parent.signal);
    expect(getEventListeners(parent.signal, 'abort')).toEqual([]);
  });

  it('begins the work synchronously, and settles as it does', async () => {
    let begun = false;
    const run = Deadline.run(new ManualClock(), 'A flush', 1000, async () => {
      begun = true;
      return 'sent';
    });
    expect(begun).toBe(true);
    await expect(run).resolves.toBe('sent');
  });

  it.each<[string, () => Promise<void>]>([
    ['succeeds', async () => undefined],
    ['rejects', () => Promise.reject(new Error('own'))],
    [
      'throws',
      () => {
        throw new Error('own');
      },
    ],
  ])('clears the deadline of work that %s', async (_, work) => {
    const clock = new ManualClock();
    let signal: AbortSignal | undefined;
    const run = Deadline.run(clock, 'A flush', 1000, deadline => {
      signal = deadline.signal;
      return work();
    });
    await Promise.allSettled([run]);
    clock.advance(5000);
    expect(signal?.aborted).toBe(false);
  });

  it('waits for work that ignores its deadline', async () => {
    const clock = new ManualClock();
    let finish = (): void => undefined;
    const work = new Promise<void>(resolve => (finish = resolve));
    let settled = false;
    const run = Deadline.run(clock, 'A flush', 1000, () => work).then(() => (settled = true));
    clock.advance(5000);
    await new Promise(setImmediate);
    expect(settled).toBe(false);
    finish();
    await run;
    expect(settled).toBe(true);
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
