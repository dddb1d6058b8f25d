import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Sender, type Delivery } from '../../../lib/flush/sender.js';
import { Counter } from '../../../lib/metrics/counter.js';
import { Registry } from '../../../lib/metrics/registry.js';
import type { Monitor } from '../../../lib/monitors/monitor.js';
import { storeOf } from '../../../lib/store/in-memory-store.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { at, cell, hits, task } from './cells.js';
import { monitorOf, send, startServer } from './monitors.js';

const SECOND = 1000;
const HOUR = 3600 * SECOND;

describe('R4 when the clock of the machine was ahead and is set back', () => {
  let clock: ManualClock;

  beforeEach(() => {
    clock = new ManualClock(at(0) / 1000);
    vi.spyOn(Date, 'now').mockImplementation(() => clock.now());
  });
  afterEach(() => vi.restoreAllMocks());

  it.each([
    [3 * HOUR, '3 h'],
    [3 * HOUR - 60 * SECOND, '2 h 59 min'],
    [90 * SECOND, '1 min 30 s'],
    [11 * SECOND, '11 s'],
  ])('by %i ms, the reason names the clock and its difference: %s', async (ms, difference) => {
    const server = await startServer();
    const { rejected } = await send(monitorOf(server), [cell(hits, 1)], at(0) + ms * 1000);
    expect(rejected).toHaveLength(1);
    expect(rejected[0]!.reason).toContain(
      `The clock of this machine was ahead by ${difference} and was set back`,
    );
    expect(rejected[0]!.reason).not.toContain('Flush less often');
    expect(server.requests).toEqual([]);
  });

  it('by no more than points may be dated ahead, points are written', async () => {
    const server = await startServer();
    expect(await send(monitorOf(server), [cell(hits, 1)], at(10))).toEqual({ rejected: [] });
  });

  it('the clock of end times counts, not that of the machine', async () => {
    const server = await startServer();
    const monitor = monitorOf(server, { clock: new ManualClock(at(60) / 1000) });
    expect(await send(monitor, [cell(hits, 1)], at(60))).toEqual({ rejected: [] });
  });

  it('the export waits, says so at each flush, and goes on when the clock has caught up', async () => {
    const server = await startServer();
    const flush = flusherInto(monitorOf(server));
    expect((await flush()).accepted).toBe(1);
    clock.jump(3 * HOUR);
    const lastPoint = clock.now();
    expect((await flush()).accepted).toBe(1);
    clock.jump(-3 * HOUR);
    for (let minute = 1; minute < 5; minute++) {
      clock.advance(60 * SECOND);
      const { accepted, unsent, reasons } = await flush();
      expect([accepted, unsent.length]).toEqual([0, 1]);
      expect([...reasons].join()).toMatch(/clock of this machine was ahead by 2 h 5\d min/);
    }
    expect(server.refused).toEqual([]);
    clock.advance(lastPoint + 60 * SECOND - clock.now());
    expect((await flush()).accepted).toBe(1);
    expect(server.seriesOf('shop/visits')).toHaveLength(3);
  });

  /** Sends one counter, as a flush does, into this monitor. */
  function flusherInto(monitor: Monitor): () => Promise<Delivery> {
    const registry = new Registry();
    const store = storeOf(registry);
    store.useClock(clock);
    const visits = new Counter('shop/visits', { registry });
    const sender = new Sender(monitor, { workers: 1 }, store.sends);
    return () => {
      visits.add(1);
      const snapshots = store.snapshot(registry.instanceMetrics(), task);
      const { signal } = new AbortController();
      return sender.send(snapshots, { endTime: store.timestamp(), gate: () => undefined, signal });
    };
  }
});
