import { beforeEach, describe, expect, it } from 'vitest';
import { HousekeepingService } from '../../lib/housekeeping/housekeeping.service.js';
import { InMemoryTaskNumAllocator } from '../../lib/task-numbers/in-memory-task-num-allocator.js';
import type { AssignmentOptions } from '../../lib/task-numbers/task-num-allocator.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { settle } from '../support/settle.js';
import { NOTHING_DONE, setUp } from './housekeeping-setup.js';

describe('HousekeepingService.tick()', () => {
  let clock: ManualClock;
  let allocator: InMemoryTaskNumAllocator;
  let housekeeping: HousekeepingService;
  let self: { taskNum: number | undefined };

  beforeEach(() => {
    ({ clock, allocator, housekeeping, self } = setUp());
  });

  const MINUTE_MS = 60_000;
  let runs: (AssignmentOptions | undefined)[];
  let skipped: boolean;

  beforeEach(() => {
    runs = [];
    skipped = false;
    allocator.assignTaskNumbers = async options => {
      runs.push(options);
      return { ...NOTHING_DONE, skipped };
    };
  });

  async function tickEveryMinute(minutes: number): Promise<void> {
    for (let minute = 0; minute < minutes; minute++) {
      await housekeeping.tick();
      clock.advance(MINUTE_MS);
    }
  }

  it.each([0, 1, 2, undefined])(
    'H3 runs housekeeping in an instance with the number %s',
    async taskNum => {
      self.taskNum = taskNum;
      await tickEveryMinute(3);
      expect(runs).toHaveLength(3);
      expect(runs[0]?.unlessFinishedWithinSec).toBe(45);
    },
  );

  it('H3 leaves housekeeping to others in an instance whose number is not small', async () => {
    self.taskNum = 3;
    await tickEveryMinute(10);
    expect(runs).toHaveLength(0);
  });

  it('H3 runs housekeeping in an instance whose number is not small if it knows of no run for ten minutes', async () => {
    self.taskNum = 3;
    await tickEveryMinute(31);
    expect(runs).toHaveLength(3);
    self.taskNum = 4;
    await tickEveryMinute(10);
    expect(runs).toHaveLength(3);
  });

  it.each([false, true])('H3 knows of a run by hand, skipped: %s', async isSkipped => {
    self.taskNum = 3;
    skipped = isSkipped;
    await tickEveryMinute(9);
    await housekeeping.run();
    runs = [];
    await tickEveryMinute(10);
    expect(runs).toHaveLength(0);
    await tickEveryMinute(1);
    expect(runs).toHaveLength(1);
  });

  it('H3 does nothing within 45 s of a finished run', async () => {
    await housekeeping.run();
    clock.advance(44_999);
    await housekeeping.tick();
    expect(runs).toHaveLength(1);
    clock.advance(1);
    await housekeeping.tick();
    expect(runs).toHaveLength(2);
  });

  it('H3 does not count a run that was skipped, or failed, as finished', async () => {
    skipped = true;
    await housekeeping.tick();
    await housekeeping.tick();
    expect(runs).toHaveLength(2);
    allocator.assignTaskNumbers = async options => {
      runs.push(options);
      throw new Error('UNAVAILABLE');
    };
    await expect(housekeeping.tick()).rejects.toThrow('UNAVAILABLE');
    await expect(housekeeping.tick()).rejects.toThrow('UNAVAILABLE');
    expect(runs).toHaveLength(4);
  });

  it('H3 does not keep a run by hand from its own attempt', async () => {
    let finish: () => void = () => {};
    allocator.assignTaskNumbers = async options => {
      runs.push(options);
      await new Promise<void>(resolve => (finish = resolve));
      return NOTHING_DONE;
    };
    const byClock = housekeeping.tick();
    const byHand = housekeeping.run();
    await housekeeping.tick();
    expect(runs.map(options => options?.unlessFinishedWithinSec)).toEqual([45]);
    finish();
    await byClock;
    await settle();
    expect(runs.map(options => options?.unlessFinishedWithinSec)).toEqual([45, 0]);
    finish();
    await byHand;
  });
});
