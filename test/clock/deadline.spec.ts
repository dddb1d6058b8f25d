import { describe, expect, it } from 'vitest';
import { abortable, Deadline, DeadlineError } from '../../lib/clock/deadline.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';

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
