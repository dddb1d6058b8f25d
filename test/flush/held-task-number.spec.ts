import { beforeEach, describe, expect, it } from 'vitest';
import { HeldTaskNumber } from '../../lib/flush/held-task-number.js';
import { Task } from '../../lib/targets/task.js';
import {
  NoTaskNumberError,
  TaskNumAllocator,
  type AssignmentReport,
} from '../../lib/task-numbers/task-num-allocator.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';

const task = new Task({ serviceName: 'shop', jobName: 'web' });

/** Answers heartbeats as it is told, and counts them. */
class ScriptedAllocator extends TaskNumAllocator {
  readonly expirationSec = 1800;
  heartbeats = 0;
  releases = 0;
  latestEndTime: number | undefined;
  answer: () => Promise<number> = () => Promise.resolve(3);

  notifyTaskIsAlive(): Promise<number> {
    this.heartbeats += 1;
    return this.answer();
  }

  assignTaskNumbers(): Promise<AssignmentReport> {
    throw new Error('not asked for here');
  }

  async release(_: Task, __: string, latestEndTime?: number): Promise<void> {
    this.releases += 1;
    this.latestEndTime = latestEndTime;
  }
}

describe('HeldTaskNumber', () => {
  const never = new AbortController().signal;
  let clock: ManualClock;
  let allocator: ScriptedAllocator;
  let changes: number;
  let number: HeldTaskNumber;

  beforeEach(() => {
    clock = new ManualClock();
    allocator = new ScriptedAllocator();
    changes = 0;
    number = new HeldTaskNumber(
      allocator,
      { task, instanceId: 'i', heartbeatSec: 300 },
      clock,
      () => (changes += 1),
    );
  });

  it('F5 has no target before the first heartbeat, nor while none is assigned', async () => {
    expect(number.target()).toBeUndefined();
    allocator.answer = () => Promise.reject(new NoTaskNumberError());
    await expect(number.renew(never)).rejects.toThrow(NoTaskNumberError);
    expect(number.target()).toBeUndefined();
    expect(changes).toBe(0);
  });

  it('T6 renews only after heartbeatSec', async () => {
    await number.renew(never);
    clock.advance(299_999);
    await number.renew(never);
    expect(allocator.heartbeats).toBe(1);
    clock.advance(1);
    await number.renew(never);
    expect(allocator.heartbeats).toBe(2);
    expect(changes).toBe(1);
  });

  it('F5 counts the age from before the heartbeat was sent', async () => {
    allocator.answer = async () => {
      clock.advance(100_000);
      return 3;
    };
    await number.renew(never);
    clock.advance(799_999);
    expect(number.target()?.taskNum).toBe(3);
    clock.advance(1);
    expect(number.target()).toBeUndefined();
  });

  it('F5 goes on sending when a renewal fails, until half of the expiry', async () => {
    await number.renew(never);
    clock.advance(400_000);
    allocator.answer = () => Promise.reject(new Error('UNAVAILABLE'));
    await number.renew(never);
    expect(number.target()?.taskNum).toBe(3);
    clock.advance(500_000);
    expect(number.target()).toBeUndefined();
    await expect(number.renew(never)).rejects.toThrow('UNAVAILABLE');
    expect(changes).toBe(1);
  });

  it('F5 does not wait for a renewal that hangs', async () => {
    await number.renew(never);
    clock.advance(400_000);
    allocator.answer = () => new Promise(() => {});
    const controller = new AbortController();
    const renewed = number.renew(controller.signal);
    controller.abort(new Error('too long'));
    await renewed;
    expect(number.target()?.taskNum).toBe(3);
  });

  it('F5 sees a freeze that only the wall clock saw, and one that only monotonic time saw', async () => {
    await number.renew(never);
    clock.jump(900_000);
    expect(number.target()).toBeUndefined();
    await number.renew(never);
    clock.jump(-10_000_000);
    clock.advance(900_000);
    expect(number.target()).toBeUndefined();
  });

  it('F7 a number that was not surely held in between begins anew, as it may have been another’s', async () => {
    await number.renew(never);
    const target = number.target();
    clock.advance(899_999);
    await number.renew(never);
    expect(number.target()).toBe(target);
    expect(changes).toBe(1);
    clock.advance(900_000);
    await number.renew(never);
    expect(number.target()).not.toBe(target);
    expect(number.target()).toEqual(target);
    expect(changes).toBe(2);
  });

  it('F8 whoever asks while a heartbeat is under way waits for the same one', async () => {
    let answer: (taskNum: number) => void = () => {};
    allocator.answer = () => new Promise(resolve => (answer = resolve));
    const renewals = [number.renew(never), number.renew(never)];
    answer(3);
    await Promise.all(renewals);
    expect(allocator.heartbeats).toBe(1);
    expect(changes).toBe(1);
  });

  it('F8 a heartbeat that was given up is waited for no more', async () => {
    allocator.answer = () => new Promise(() => {});
    const controller = new AbortController();
    const given = number.renew(controller.signal);
    controller.abort(new Error('too long'));
    await expect(given).rejects.toThrow('too long');
    allocator.answer = () => Promise.resolve(3);
    await number.renew(never);
    expect(number.target()?.taskNum).toBe(3);
  });

  it('F5 an allocator that throws instead of rejecting fails the heartbeat alone', async () => {
    allocator.answer = () => {
      throw new Error('not a promise');
    };
    await expect(number.renew(never)).rejects.toThrow('not a promise');
    allocator.answer = () => Promise.resolve(3);
    await number.renew(never);
    expect(number.target()?.taskNum).toBe(3);
  });

  const microsIn = (ms: number): number => (clock.now() + ms) * 1000;

  it('T1 is released with the latest end time that was sent, whatever the clock says by then', async () => {
    await number.renew(never);
    const target = number.target()!;
    const latest = microsIn(890_000);
    expect(number.admit(target, latest)).toBeUndefined();
    expect(number.admit(target, microsIn(1000))).toBeUndefined();
    await number.release(never);
    expect(allocator.latestEndTime).toBe(latest);
  });

  it('is not released where no claim was made, and none is made afterwards', async () => {
    await number.release(never);
    expect(allocator.releases).toBe(0);
    await expect(number.renew(never)).rejects.toThrow('was released');
  });

  it('T1 is released without an end time where nothing was sent, be it that it was refused', async () => {
    await number.renew(never);
    const target = number.target()!;
    expect(number.admit(target.withTaskNum(4), microsIn(0))).toMatch(/may be lost/);
    await number.release(never);
    expect(number.admit(target, microsIn(0))).toMatch(/may be lost/);
    expect(allocator.latestEndTime).toBeUndefined();
  });

  it('T1 nothing is sent that is dated later than the claim is sure to live', async () => {
    await number.renew(never);
    const target = number.target()!;
    expect(number.admit(target, microsIn(899_999))).toBeUndefined();
    const late = microsIn(960_000);
    expect(number.admit(target, late)).toBe(
      'The clock of this instance was ahead, and was set back. Times of points never go back, and points dated so far ahead could overlap with points of the next holder of task number 3. Nothing is sent, and nothing is lost, until 2026-01-01T00:01:00.000Z.',
    );
    clock.advance(300_000);
    await number.renew(never);
    expect(number.admit(target, late)).toBeUndefined();
  });

  it('T1 what was dated by a clock that was ahead at a heartbeat goes on after it was set back', async () => {
    await number.renew(never);
    const target = number.target()!;
    clock.jump(800_000);
    await number.renew(never);
    const ahead = microsIn(60_000);
    clock.jump(-800_000);
    clock.advance(300_000);
    await number.renew(never);
    expect(number.target()).toBe(target);
    expect(number.admit(target, ahead + 800_000_000)).toBeUndefined();
    expect(number.admit(target, ahead + 900_000_000)).toMatch(/was ahead/);
  });

  it('F7 tells when a number is gained, changed, lost and released', async () => {
    await number.renew(never);
    expect(changes).toBe(1);

    clock.advance(300_000);
    allocator.answer = () => Promise.resolve(4);
    await number.renew(never);
    expect(changes).toBe(2);

    clock.advance(300_000);
    allocator.answer = () => Promise.reject(new NoTaskNumberError());
    await expect(number.renew(never)).rejects.toThrow(NoTaskNumberError);
    expect(changes).toBe(3);
    await expect(number.renew(never)).rejects.toThrow(NoTaskNumberError);
    expect(changes).toBe(3);

    allocator.answer = () => Promise.resolve(0);
    await number.renew(never);
    expect(changes).toBe(4);

    const released = number.release(never);
    expect(number.target()).toBeUndefined();
    await released;
    expect(changes).toBe(5);
    expect(allocator.releases).toBe(1);
  });

  it('F6 a heartbeat that is answered after the release does not bring the number back', async () => {
    await number.renew(never);
    clock.advance(300_000);
    let answer = (_taskNum: number): void => {};
    allocator.answer = () => new Promise(resolve => (answer = resolve));
    const renewal = number.renew(never);
    await number.release(never);
    answer(3);
    await expect(renewal).rejects.toThrow('The task number was released');
    expect(number.target()).toBeUndefined();
  });

  it('F6 nothing is claimed after the release', async () => {
    await number.release(never);
    await expect(number.renew(never)).rejects.toThrow('The task number was released');
    expect(allocator.heartbeats).toBe(0);
    expect(number.target()).toBeUndefined();
  });
});
