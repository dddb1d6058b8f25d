import { describe, expect, it } from 'vitest';
import { Election } from '../../lib/flush/election.js';
import { Task } from '../../lib/targets/task.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { pass, settle } from '../support/settle.js';

/** Counts the timers that have not been taken back. */
class CountingClock extends ManualClock {
  pending = 0;

  override after(...args: Parameters<ManualClock['after']>): () => void {
    this.pending += 1;
    const cancel = super.after(...args);
    return () => {
      this.pending -= 1;
      cancel();
    };
  }
}

const TARGET = new Task({ serviceName: 'shop', jobName: 'web' });

/** An election with a flush that is due, and goes on until it is told to end. */
function createElection({ assignsOwnNumber = false } = {}) {
  const clock = new CountingClock();
  let end = (): void => {};
  const flush = new Promise<void>(resolve => (end = resolve));
  const flusher = {
    isDueInRequest: true,
    isLate: false,
    electRequest: (): Promise<void> | undefined => flush,
  };
  const number: { held: Task | undefined } = { held: undefined };
  const election = new Election(flusher, { target: () => number.held }, assignsOwnNumber, clock);
  return { clock, election, flusher, number, endFlush: () => end() };
}

/** Whether the call that was elected may go on. */
function watched(wait: Promise<void> | undefined): { goesOn: boolean } {
  const call = { goesOn: false };
  void wait!.then(() => (call.goesOn = true));
  return call;
}

describe('Election', () => {
  it('F2 an elected call waits until the flush has ended', async () => {
    const { clock, election, number, endFlush } = createElection();
    number.held = TARGET;
    const call = watched(election.elect());
    await pass(clock, 4_900);
    expect(call.goesOn).toBe(false);
    endFlush();
    await settle();
    expect(call.goesOn).toBe(true);
  });

  it('F2 without a task number an elected call waits for a second at most, and the flush goes on', async () => {
    const { clock, election } = createElection();
    const call = watched(election.elect());
    await pass(clock, 999);
    expect(call.goesOn).toBe(false);
    await pass(clock, 1);
    expect(call.goesOn).toBe(true);
  });

  it('F2 without a task number an elected call waits no longer than the flush, and leaves no timer behind', async () => {
    const { clock, election, endFlush } = createElection();
    const call = watched(election.elect());
    endFlush();
    await settle();
    expect(call.goesOn).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('F2 if a task number comes within the second, an elected call waits until the flush has ended', async () => {
    const { clock, election, number, endFlush } = createElection();
    const call = watched(election.elect());
    await pass(clock, 500);
    number.held = TARGET;
    await pass(clock, 4_000);
    expect(call.goesOn).toBe(false);
    endFlush();
    await settle();
    expect(call.goesOn).toBe(true);
  });

  it('F2 if the flush assigns the task number, an elected call waits as long as the flush takes', async () => {
    const { clock, election, endFlush } = createElection({ assignsOwnNumber: true });
    const call = watched(election.elect());
    await pass(clock, 4_900);
    expect(call.goesOn).toBe(false);
    endFlush();
    await settle();
    expect(call.goesOn).toBe(true);
  });

  it('F1 elects a call that should not wait only where the flush is late', () => {
    const { election, flusher } = createElection();
    expect(election.isDue).toBe(true);
    expect(election.electReluctantly()).toBeUndefined();
    flusher.isLate = true;
    expect(election.electReluctantly()).toBeInstanceOf(Promise);
  });

  it('F1 elects no call if the flusher elects none', () => {
    const { election, flusher } = createElection();
    Object.assign(flusher, { isDueInRequest: false, electRequest: () => undefined });
    expect(election.isDue).toBe(false);
    expect(election.elect()).toBeUndefined();
  });
});
