import { Logger } from '@nestjs/common';
import { beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import { ClockWatch } from '../../../lib/task-numbers/datastore/clock-watch.js';
import type { Row, RowStore } from '../../../lib/task-numbers/datastore/row-store.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { heartbeatOf, ModelInstances } from './model-instances.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe('T1 an instance whose clock is wrong', () => {
  let warn: MockInstance<Logger['warn']>;
  const warnings = (): string[] => warn.mock.calls.map(([message]) => String(message));

  beforeEach(() => {
    warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    return () => warn.mockRestore();
  });

  /** It asks for a number for ten minutes, beside a housekeeping whose clock is right. */
  async function tryFor10Minutes(
    aheadMs: number,
    mode?: ConstructorParameters<typeof ModelInstances>[0],
  ): Promise<string> {
    const instances = new ModelInstances(mode);
    const housekeeping = instances.start();
    const wrong = instances.start(aheadMs);
    let last = '';
    for (let minute = 0; minute < 10; minute++) {
      for (let poll = 0; poll < 6; poll++) {
        last = await heartbeatOf(wrong);
        instances.advance(10_000);
      }
      await housekeeping.allocator.assignTaskNumbers();
    }
    return last;
  }

  it('that is behind by more than the expiry never gets a number, and the log says why and by how much', async () => {
    expect(await tryFor10Minutes(-41 * MINUTE_MS)).toBe(
      'no task number assigned yet, and the clock of this instance is 41 min behind the clock of Datastore',
    );
    expect(warnings()).toEqual([
      'Set the clock of this machine: the clock of this instance is 41 min behind the clock of Datastore. Its claim expires (after 1800 s) as soon as it is written, so the instance gets no task number and sends nothing.',
    ]);
  });

  it('that is ahead by more than an hour never gets a number, and the log says why and by how much', async () => {
    expect(await tryFor10Minutes(3 * HOUR_MS + 5 * MINUTE_MS)).toBe(
      'no task number assigned yet, and the clock of this instance is 3 h 5 min ahead of the clock of Datastore',
    );
    expect(warnings()).toEqual([
      'Set the clock of this machine: the clock of this instance is 3 h 5 min ahead of the clock of Datastore. Housekeeping does not believe heartbeats that are more than an hour ahead, so the instance gets no task number and sends nothing.',
    ]);
  });

  it('that is off by less gets its number, and is warned that others may get the same', async () => {
    expect(await tryFor10Minutes(9 * MINUTE_MS + 5000)).toBe('number 0');
    expect(warnings()).toEqual([
      'Set the clock of this machine: the clock of this instance is 9 min 5 s ahead of the clock of Datastore. If a clock is wrong by more than 7 min 30 s, two instances may send under the same task number.',
    ]);
  });

  it('is warned as soon as housekeeping has refused its time, if the server tells no times', async () => {
    const hours =
      /^no task number assigned yet, and the clock of this instance is (2 h 59 min|3 h) ahead of/;
    expect(await tryFor10Minutes(3 * HOUR_MS, 'optimistic')).toMatch(hours);
    expect(warnings()).toEqual([
      expect.stringMatching(
        /^Set the clock of this machine: the clock of this instance is (2 h 59 min|3 h) /,
      ),
    ]);
  });

  it('is warned when its claim is gone too soon, if the server tells no times', async () => {
    expect(await tryFor10Minutes(-41 * MINUTE_MS, 'optimistic')).toBe(
      'no task number assigned yet',
    );
    expect(warnings()).toEqual([
      'The claim "eu|shop|web||i" is gone from Datastore, although it was written only 60 s ago: data was lost or deleted, or the clock of this instance is behind the clock of housekeeping.',
    ]);
  });

  it('is warned again after an hour, and whenever it becomes wrong again', async () => {
    const clock = new ManualClock();
    const serverMs = clock.now();
    const row: Row = { path: [], properties: {}, version: '1', readMs: serverMs };
    const store = { lookup: async () => [{ ...row, readMs: serverMs + clock.monotonicNow() }] };
    const watched = new ClockWatch(clock, 1800).watched(store as unknown as RowStore);
    const look = async (jumpMs: number): Promise<number> => {
      clock.jump(jumpMs);
      await watched.lookup([], { purpose: 'to test', deadlineMs: 1 });
      return warnings().length;
    };
    expect(await look(450_000)).toBe(0);
    expect(await look(1)).toBe(1);
    expect(await look(0)).toBe(1);
    clock.advance(HOUR_MS + 1);
    expect(await look(0)).toBe(2);
    expect(await look(-450_001)).toBe(2);
    expect(await look(-451_000)).toBe(3);
  });

  it('is not one that was frozen while it waited for the answer', async () => {
    const clock = new ManualClock();
    const serverMs = clock.now();
    const lookup = async () => {
      clock.jump(3 * HOUR_MS);
      return [{ path: [], properties: {}, version: '1', readMs: serverMs }];
    };
    const watch = new ClockWatch(clock, 1800);
    await watch
      .watched({ lookup } as unknown as RowStore)
      .lookup([], { purpose: 'to test', deadlineMs: 1 });
    expect(watch.difference).toBeUndefined();
    expect(warnings()).toEqual([]);
  });
});
