import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { registerCallback } from '../../lib/metrics/callbacks.js';
import { Counter } from '../../lib/metrics/counter.js';
import { IntGauge } from '../../lib/metrics/gauge.js';
import { Task } from '../../lib/targets/task.js';
import { withTarget } from '../../lib/targets/with-target.js';
import { settle } from '../support/settle.js';
import {
  task,
  SECOND_MS,
  MINUTE_MS,
  createFlusher,
  createNumberedFlusher,
  mockLog,
} from './flushers.js';

describe('Flusher', () => {
  let log: ReturnType<typeof mockLog>;

  beforeEach(() => {
    log = mockLog();
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  describe('flushing', () => {
    it('sends target, value, start and end', async () => {
      const { flusher, monitor, clock, hits } = await createNumberedFlusher();
      hits.add(2);
      clock.advance(SECOND_MS);
      const report = await flusher.flush();
      expect(report).toMatchObject({ outcome: 'sent', accepted: 1, rejected: 0, reasons: [] });
      const [{ cells, endTime }] = monitor.calls as [(typeof monitor.calls)[0]];
      expect(cells[0]).toMatchObject({ value: 2, target: task.withTaskNum(0) });
      expect(cells[0]!.resetTime).toBeLessThan(endTime);
      expect(endTime).toBeGreaterThanOrEqual(clock.now() * 1000);
    });

    it('F1 a flush by hand waits for the one that runs', async () => {
      const { flusher, monitor, hits } = await createNumberedFlusher();
      hits.add(1);
      let release = (): void => {};
      monitor.answer = () =>
        new Promise(resolve => {
          release = () => resolve({ rejected: [] });
        });
      const first = flusher.electRequest();
      const second = flusher.flush();
      await settle();
      expect(monitor.calls).toHaveLength(1);
      release();
      await first;
      await settle();
      expect(monitor.calls).toHaveLength(2);
      release();
      expect((await second).outcome).toBe('sent');
    });

    it('F1 flushes by hand at one moment run one after the other', async () => {
      const { flusher, monitor, hits } = await createNumberedFlusher();
      hits.add(1);
      let active = 0;
      monitor.answer = async () => {
        active += 1;
        expect(active).toBe(1);
        await settle();
        active -= 1;
        return { rejected: [] };
      };
      const reports = await Promise.all([flusher.flush(), flusher.flush(), flusher.flush()]);
      expect(reports.map(({ outcome }) => outcome)).toEqual(['sent', 'sent', 'sent']);
      expect(monitor.calls).toHaveLength(3);
    });

    it('F2 a monitor that hangs holds the request no longer than timeoutSec', async () => {
      const { flusher, monitor, clock, hits } = await createNumberedFlusher();
      hits.add(1);
      let aborted = false;
      monitor.answer = (_, signal) => {
        signal.addEventListener('abort', () => (aborted = true));
        return new Promise(() => {});
      };
      const elected = flusher.electRequest();
      await settle();
      clock.advance(5 * SECOND_MS);
      await elected;
      expect(aborted).toBe(true);
      expect(flusher.lastReport).toMatchObject({ outcome: 'failed', durationMs: 5000 });
    });

    it('F2 a callback that hangs leaves time to send, and one that throws stops no other', async () => {
      const { flusher, monitor, clock, registry } = await createNumberedFlusher();
      const depth = new IntGauge('depth', { registry });
      registerCallback(() => new Promise(() => {}), { registry });
      registerCallback(
        () => {
          throw new Error('no');
        },
        { registry },
      );
      registerCallback(async () => depth.set(7), { registry });
      const flushed = flusher.flush();
      await settle();
      clock.advance(1.25 * SECOND_MS);
      expect((await flushed).outcome).toBe('sent');
      expect(monitor.valuesOf('depth')).toEqual([7]);
      expect(log.error).toHaveBeenCalledTimes(2);
    });

    it('F2 an allocator that hangs leaves time to send under a number that is surely held', async () => {
      const { flusher, monitor, clock, allocator, hits } = await createNumberedFlusher();
      hits.add(1);
      await flusher.flush();
      vi.spyOn(allocator, 'notifyTaskIsAlive').mockReturnValue(new Promise(() => {}));
      clock.advance(10 * MINUTE_MS);
      const flushed = flusher.flush();
      await settle();
      clock.advance(2.5 * SECOND_MS);
      expect((await flushed).outcome).toBe('sent');
      expect(monitor.calls).toHaveLength(2);
    });

    it('sends chunks by several workers, and one that fails stops no other', async () => {
      const { flusher, monitor, registry } = await createNumberedFlusher({
        chunkSize: 10,
        workers: 3,
      });
      const byId = new Counter('by_id', { fields: { id: 'int' }, registry });
      for (let id = 0; id < 95; id++) {
        byId.add(1, { id });
      }
      let active = 0;
      let mostActive = 0;
      monitor.answer = async cells => {
        active += 1;
        mostActive = Math.max(mostActive, active);
        await settle();
        active -= 1;
        if (cells.some(({ fieldValues }) => fieldValues[0] === 33)) {
          throw new Error('UNAVAILABLE');
        }
        return { rejected: [] };
      };
      expect(await flusher.flush()).toMatchObject({
        outcome: 'failed',
        accepted: 85,
        rejected: 10,
        reasons: ['Error: UNAVAILABLE'],
      });
      expect(mostActive).toBe(3);
      expect(monitor.calls.map(({ cells }) => cells.length)).toEqual([...Array(9).fill(10), 5]);
    });

    it('F3 a failed flush loses nothing: the next one carries it', async () => {
      const { flusher, monitor, hits } = await createNumberedFlusher();
      hits.add(2);
      monitor.answer = () => Promise.reject(new Error('down'));
      expect((await flusher.flush()).outcome).toBe('failed');
      hits.add(3);
      monitor.answer = () => ({ rejected: [] });
      expect((await flusher.flush()).outcome).toBe('sent');
      expect(monitor.valuesOf('hits')).toEqual([2, 5]);
      expect(monitor.calls[0]!.cells[0]!.resetTime).toBe(monitor.calls[1]!.cells[0]!.resetTime);
    });

    it('F3 a failed flush of more cells than a call takes arguments loses nothing', async () => {
      const { flusher, monitor, store, registry } = await createNumberedFlusher();
      store.cellsPerMetric = 150_000;
      const byId = new Counter('by_id', { fields: { id: 'int' }, registry });
      for (let id = 0; id < 150_000; id++) {
        byId.add(1, { id });
      }
      monitor.answer = () => Promise.reject(new Error('down'));
      expect(await flusher.flush()).toMatchObject({
        outcome: 'failed',
        rejected: 150_000,
        reasons: ['Error: down'],
      });
    });

    it('F4 after a partial failure only what was not accepted is sent again within the interval', async () => {
      const { flusher, monitor, clock, registry } = await createNumberedFlusher();
      const byId = new Counter('by_id', { fields: { id: 'int' }, registry });
      for (let id = 0; id < 4; id++) {
        byId.add(1, { id });
      }
      const ids = (): unknown[] => monitor.calls.at(-1)!.cells.map(cell => cell.fieldValues[0]);
      monitor.answer = () => ({
        rejected: [
          { index: 1, reason: 'busy', outcome: 'retry' },
          { index: 2, reason: 'bad', outcome: 'refused' },
        ],
      });
      expect(await flusher.flush()).toMatchObject({ outcome: 'failed', accepted: 2, rejected: 2 });
      byId.add(1, { id: 1 });
      monitor.answer = () => Promise.reject(new Error('down'));
      clock.advance(5 * SECOND_MS);
      await flusher.electRequest();
      expect(ids()).toEqual([1]);
      monitor.answer = () => ({ rejected: [] });
      clock.advance(10 * SECOND_MS);
      await flusher.electRequest();
      expect(ids()).toEqual([1]);
      expect(monitor.calls.at(-1)!.cells[0]!.value).toBe(2);
      clock.advance(MINUTE_MS);
      await flusher.electRequest();
      expect(ids()).toEqual([0, 1, 2, 3]);
    });

    it('F6 a flush by hand sends all cells, also after a partial failure', async () => {
      const { flusher, monitor, registry, hits } = await createNumberedFlusher();
      hits.add(1);
      new Counter('more', { registry }).add(1);
      monitor.answer = () => ({ rejected: [{ index: 1, reason: 'busy', outcome: 'retry' }] });
      await flusher.flush();
      monitor.answer = () => ({ rejected: [] });
      expect(await flusher.stop(5)).toMatchObject({ outcome: 'sent', accepted: 2 });
    });

    it('F4 what a monitor refuses for good is no failure, and is logged', async () => {
      const { flusher, monitor, hits } = await createNumberedFlusher();
      hits.add(1);
      monitor.answer = () => ({ rejected: [{ index: 0, reason: 'bad name', outcome: 'refused' }] });
      expect(await flusher.flush()).toMatchObject({ outcome: 'sent', accepted: 0, rejected: 1 });
      expect(log.warn).toHaveBeenCalledWith(expect.stringContaining('bad name'));
    });

    it.each([undefined, null, {}, { rejected: 'all' }])(
      'F4 an answer like %j of a monitor is a failure, not a success',
      async answer => {
        const { flusher, monitor, hits } = await createNumberedFlusher();
        hits.add(1);
        monitor.answer = () => answer as never;
        expect(await flusher.flush()).toMatchObject({ outcome: 'failed', accepted: 0 });
      },
    );

    it('F2 flush() never rejects, and says why it does nothing when not started', async () => {
      const { flusher } = createFlusher();
      expect((await flusher.flush()).outcome).toBe('disabled');
    });

    it('a process without metrics flushes nothing, and succeeds', async () => {
      const { flusher, monitor } = await createNumberedFlusher();
      expect(await flusher.flush()).toMatchObject({ outcome: 'sent', accepted: 0 });
      expect(monitor.calls).toEqual([]);
    });
  });

  it('says after five intervals of failures that nothing is sent, and every five again', async () => {
    const { flusher, monitor, clock, hits } = await createNumberedFlusher();
    hits.add(1);
    monitor.answer = () => Promise.reject(new Error('down'));
    for (let minute = 0; minute <= 12; minute++) {
      await flusher.flush();
      clock.advance(MINUTE_MS);
    }
    expect(log.error.mock.calls.flat()).toEqual([
      'No flush has succeeded for 360 s.',
      'No flush has succeeded for 720 s.',
    ]);
    monitor.answer = () => ({ rejected: [] });
    await flusher.flush();
    monitor.answer = () => Promise.reject(new Error('down'));
    for (let minute = 0; minute <= 6; minute++) {
      await flusher.flush();
      clock.advance(MINUTE_MS);
    }
    expect(log.error.mock.calls.flat().slice(2)).toEqual(['No flush has succeeded for 360 s.']);
  });

  it('what callbacks set is reported for this instance, also where the elected request has a target', async () => {
    const { flusher, monitor, registry } = await createNumberedFlusher();
    const depth = new IntGauge('depth', { registry });
    registerCallback(() => depth.set(1), { registry });
    const elsewhere = new Task({ serviceName: 'other', jobName: 'other' });
    await withTarget(elsewhere, async () => flusher.electRequest());
    expect(monitor.calls[0]!.cells.map(({ target }) => target.key)).toEqual([
      task.withTaskNum(0).key,
    ]);
  });

  it('R4 F7 the end of a payload is later than every start in it, also when the clock went back', async () => {
    const { flusher, monitor, clock, registry } = await createNumberedFlusher();
    for (let i = 0; i < 20; i++) {
      new Counter(`c${i}`, { registry }).add(1);
      clock.jump(-MINUTE_MS);
      await flusher.flush();
    }
    const ends = monitor.calls.map(({ endTime }) => endTime);
    expect(ends).toEqual([...new Set(ends)].toSorted((a, b) => a - b));
    for (const { cells, endTime } of monitor.calls) {
      expect(cells.every(({ resetTime }) => resetTime < endTime)).toBe(true);
    }
  });
});
