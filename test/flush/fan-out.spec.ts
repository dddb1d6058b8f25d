import { beforeEach, describe, expect, it } from 'vitest';
import { FanOut } from '../../lib/flush/fan-out.js';
import { Sender, type Delivery } from '../../lib/flush/sender.js';
import { SecondaryMonitor } from '../../lib/flush/secondary-monitor.js';
import { Counter } from '../../lib/metrics/counter.js';
import { Registry } from '../../lib/metrics/registry.js';
import type { SendResult } from '../../lib/monitors/monitor.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { Task } from '../../lib/targets/task.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { settle } from '../support/settle.js';

const task = new Task({ serviceName: 'shop', jobName: 'web' });
const ACCEPTED: SendResult = { rejected: [] };
const unavailable = (): Promise<never> => Promise.reject(new Error('UNAVAILABLE'));
const hanging = (): Promise<never> => new Promise(() => undefined);

describe('several monitors', () => {
  let clock: ManualClock;
  let registry: Registry;
  let first: FakeMonitor;
  let second: FakeMonitor;
  let third: FakeMonitor;
  let sender: FanOut;

  beforeEach(() => {
    clock = new ManualClock();
    registry = new Registry();
    const store = storeOf(registry);
    store.useClock(clock);
    [first, second, third] = [new FakeMonitor(2), new FakeMonitor(), new FakeMonitor()];
    sender = new FanOut(new Sender(first, { workers: 1 }, store.sends), [
      new SecondaryMonitor(second, { workers: 1 }, clock),
      new SecondaryMonitor(third, { workers: 1 }, clock),
    ]);
    for (const name of ['a', 'b', 'c']) {
      new Counter(name, { registry }).add(1);
    }
  });

  function send(signal = new AbortController().signal): Promise<Delivery> {
    const store = storeOf(registry);
    const snapshots = store.snapshot(registry.instanceMetrics(), task);
    return sender.send(snapshots, { endTime: store.timestamp(), gate: () => undefined, signal });
  }

  it('get the same cells, each in chunks of its own size', async () => {
    expect((await send()).accepted).toBe(3);
    expect(first.calls.map(({ cells }) => cells.length)).toEqual([2, 1]);
    for (const monitor of [second, third]) {
      expect(monitor.calls.map(({ cells }) => cells.length)).toEqual([3]);
    }
  });

  it('F7 the first one decides what counts as accepted', async () => {
    first.answer = () =>
      Promise.resolve({ rejected: [{ index: 0, reason: 'no', outcome: 'retry' }] });
    const { accepted, unsent } = await send();
    expect([accepted, unsent.length]).toEqual([1, 2]);
    second.answer = third.answer = unavailable;
    first.answer = () => ACCEPTED;
    expect(await send()).toMatchObject({ unsent: [], refused: [] });
  });

  it('the failure of one, first or not, fails no other', async () => {
    first.answer = second.answer = unavailable;
    expect((await send()).unsent).toHaveLength(3);
    expect(third.calls).toHaveLength(1);
  });

  it('F2 a hanging one delays the flush to its deadline, and is then left out for a while', async () => {
    second.answer = hanging;
    const deadline = new AbortController();
    const sending = send(deadline.signal);
    await settle();
    deadline.abort(new Error('too late'));
    expect((await sending).accepted).toBe(3);
    expect((await send()).accepted).toBe(3);
    expect(second.calls).toHaveLength(1);
    expect(third.calls).toHaveLength(2);
  });

  it('F4 a failed one is tried again after 5 s, and after 10 s the second time', async () => {
    second.answer = unavailable;
    const calls: number[] = [];
    for (const afterMs of [0, 3000, 2000, 6000, 4000]) {
      clock.advance(afterMs);
      await send();
      calls.push(second.calls.length);
    }
    expect(calls).toEqual([1, 1, 2, 2, 3]);
    second.answer = () => ACCEPTED;
    clock.advance(20_000);
    await send();
    await send();
    expect(second.calls).toHaveLength(5);
  });

  it('a secondary one that refuses a cell for good stays in use', async () => {
    second.answer = () =>
      Promise.resolve({ rejected: [{ index: 1, reason: 'no', outcome: 'refused' }] });
    await send();
    await send();
    expect(second.calls).toHaveLength(2);
  });
});
