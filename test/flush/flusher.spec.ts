import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FlushPipeline } from '../../lib/flush/flush-pipeline.js';
import type { FlushMode, FlushSettings } from '../../lib/flush/flush-settings.js';
import { Flusher } from '../../lib/flush/flusher.js';
import { NumberWait } from '../../lib/flush/number-wait.js';
import { Sender } from '../../lib/flush/sender.js';
import { SettingsPoll } from '../../lib/flush/settings-poll.js';
import { HeldTaskNumber } from '../../lib/flush/held-task-number.js';
import { registerCallback } from '../../lib/metrics/callbacks.js';
import { Counter } from '../../lib/metrics/counter.js';
import { IntGauge } from '../../lib/metrics/gauge.js';
import { Registry } from '../../lib/metrics/registry.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { Task } from '../../lib/targets/task.js';
import { withTarget } from '../../lib/targets/with-target.js';
import { InMemoryTaskNumAllocator } from '../../lib/task-numbers/in-memory-task-num-allocator.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { pass, settle } from '../support/settle.js';

const task = new Task({ serviceName: 'shop', jobName: 'web' });
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

function createFlusher({ mode = 'request' as FlushMode, chunkSize = 0, workers = 4 } = {}) {
  const clock = new ManualClock();
  const registry = new Registry();
  const store = storeOf(registry);
  store.useClock(clock);
  const monitor = new FakeMonitor(chunkSize);
  const allocator = new InMemoryTaskNumAllocator({ clock });
  const taskNumber = new HeldTaskNumber(
    allocator,
    { task, instanceId: 'i', heartbeatSec: 300 },
    clock,
    () => store.startStreams(),
  );
  const settings = { mode, intervalSec: 60, timeoutSec: 5, workers };
  const sender = new Sender(monitor, settings, store.sends);
  const pipeline = new FlushPipeline(registry, taskNumber, sender, settings, clock);
  const source = { calls: 0, answer: async (): Promise<Partial<FlushSettings>> => ({}) };
  const poll = new SettingsPoll(
    async () => {
      source.calls += 1;
      return { enabled: true, flush: { ...settings, ...(await source.answer()) } };
    },
    settings,
    clock,
  );
  const numberWait = new NumberWait('Look here.', clock);
  const flusher = new Flusher(pipeline, settings, numberWait, clock, poll);
  const startPolling = () =>
    poll.start({ enabled: true, flush: settings }, async ({ flush }) => flusher.useSettings(flush));
  const hits = new Counter('hits', { registry });
  return {
    clock,
    registry,
    store,
    monitor,
    allocator,
    taskNumber,
    flusher,
    hits,
    settings,
    source,
    startPolling,
  };
}

async function createNumberedFlusher(options: Parameters<typeof createFlusher>[0] = {}) {
  const parts = createFlusher(options);
  await parts.allocator.notifyTaskIsAlive(task, 'i').catch(() => {});
  await parts.allocator.assignTaskNumbers();
  parts.flusher.start();
  return parts;
}

describe('Flusher', () => {
  let log: Record<'log' | 'warn' | 'error', ReturnType<typeof vi.spyOn>>;

  beforeEach(() => {
    log = {
      log: vi.spyOn(Logger.prototype, 'log').mockReturnValue(undefined),
      warn: vi.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined),
      error: vi.spyOn(Logger.prototype, 'error').mockReturnValue(undefined),
    };
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  describe('electing', () => {
    it('F1 elects one of the requests in flight', async () => {
      const { flusher, monitor, hits } = await createNumberedFlusher();
      hits.add(1);
      const elected = Array.from({ length: 100 }, () => flusher.electRequest());
      expect(elected.filter(promise => promise !== undefined)).toHaveLength(1);
      await elected[0];
      expect(flusher.electRequest()).toBeUndefined();
      expect(monitor.calls).toHaveLength(1);
    });

    it('elects again after the interval', async () => {
      const { flusher, monitor, clock, hits } = await createNumberedFlusher();
      hits.add(1);
      await flusher.electRequest();
      clock.advance(MINUTE_MS - SECOND_MS);
      expect(flusher.electRequest()).toBeUndefined();
      clock.advance(SECOND_MS);
      await flusher.electRequest();
      expect(monitor.calls).toHaveLength(2);
    });

    it('elects nobody before the start, after the stop, or in background mode', async () => {
      const unstarted = createFlusher();
      expect(unstarted.flusher.electRequest()).toBeUndefined();
      const stopped = await createNumberedFlusher();
      await stopped.flusher.stop(1);
      expect(stopped.flusher.electRequest()).toBeUndefined();
      const background = await createNumberedFlusher({ mode: 'background' });
      background.clock.jump(10 * MINUTE_MS);
      expect(background.flusher.electRequest()).toBeUndefined();
    });

    it('in mode both the timer flushes, and a request only where it is a whole interval late', async () => {
      const { flusher, monitor, clock, hits } = await createNumberedFlusher({ mode: 'both' });
      hits.add(1);
      await pass(clock, MINUTE_MS);
      expect(monitor.calls).toHaveLength(1);
      await flusher.flush();
      expect(flusher.electRequest()).toBeUndefined();

      clock.jump(MINUTE_MS + SECOND_MS); // the timer stands still, as on a throttled CPU
      expect(flusher.electRequest()).toBeUndefined();
      clock.jump(MINUTE_MS);
      await flusher.electRequest();
      expect(monitor.calls).toHaveLength(3);
    });

    it('the background timer flushes at the interval, and once, after a flush by hand', async () => {
      const { flusher, monitor, clock, hits } = await createNumberedFlusher({ mode: 'background' });
      hits.add(1);
      await pass(clock, MINUTE_MS);
      await flusher.flush();
      expect(monitor.calls).toHaveLength(2);
      await pass(clock, MINUTE_MS - SECOND_MS);
      expect(monitor.calls).toHaveLength(2);
      await pass(clock, SECOND_MS);
      expect(monitor.calls).toHaveLength(3);
    });
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
      registerCallback(() => new Promise(() => {}), registry);
      registerCallback(() => {
        throw new Error('no');
      }, registry);
      registerCallback(async () => depth.set(7), registry);
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

  describe('settings that change', () => {
    it('a shorter interval holds at once, for requests and for the timer', async () => {
      for (const mode of ['request', 'background'] as const) {
        const { flusher, monitor, clock, settings, hits } = await createNumberedFlusher({ mode });
        hits.add(1);
        settings.intervalSec = 3600;
        await flusher.flush();
        await pass(clock, MINUTE_MS);
        expect(flusher.electRequest()).toBeUndefined();
        flusher.useSettings({ ...settings, intervalSec: 120 });
        await pass(clock, MINUTE_MS);
        await flusher.electRequest();
        expect(monitor.calls).toHaveLength(2);
      }
    });

    it('the mode changes who flushes', async () => {
      const { flusher, monitor, clock, settings, hits } = await createNumberedFlusher();
      hits.add(1);
      await flusher.flush();
      flusher.useSettings({ ...settings, mode: 'background' });
      await pass(clock, MINUTE_MS);
      expect(monitor.calls).toHaveLength(2);
      clock.jump(MINUTE_MS);
      expect(flusher.electRequest()).toBeUndefined();
      flusher.useSettings({ ...settings, mode: 'request' });
      await pass(clock, 2 * MINUTE_MS);
      expect(monitor.calls).toHaveLength(2);
      await flusher.electRequest();
      expect(monitor.calls).toHaveLength(3);
    });

    it('the time limit and the workers are those of the moment', async () => {
      const { flusher, monitor, clock, settings, registry } = await createNumberedFlusher({
        chunkSize: 1,
        workers: 1,
      });
      const byId = new Counter('by_id', { fields: { id: 'int' }, registry });
      for (let id = 0; id < 4; id++) {
        byId.add(1, { id });
      }
      monitor.answer = () => new Promise(() => {});
      settings.workers = 3;
      settings.timeoutSec = 2;
      const flushed = flusher.flush();
      await settle();
      expect(monitor.calls).toHaveLength(3);
      clock.advance(2 * SECOND_MS);
      expect(await flushed).toMatchObject({ outcome: 'failed', durationMs: 2000 });
    });

    it('F1 one request reads them, and the same one flushes', async () => {
      const { flusher, monitor, clock, source, startPolling, hits } = await createNumberedFlusher();
      hits.add(1);
      await startPolling();
      await flusher.flush();
      clock.advance(MINUTE_MS);
      let answer: (flush: Partial<FlushSettings>) => void = () => {};
      source.answer = () => new Promise(resolve => (answer = resolve));
      const elected = flusher.electRequest();
      await settle();
      expect(source.calls).toBe(2);
      expect(monitor.calls).toHaveLength(1);
      answer({});
      await elected;
      expect(monitor.calls).toHaveLength(2);
      expect(flusher.electRequest()).toBeUndefined();
    });

    it('a request that reads them flushes by what it has read', async () => {
      const { flusher, monitor, clock, source, startPolling, hits } = await createNumberedFlusher();
      hits.add(1);
      await startPolling();
      await flusher.flush();
      clock.advance(MINUTE_MS);
      source.answer = async () => ({ intervalSec: 120 });
      await flusher.electRequest();
      expect(source.calls).toBe(2);
      expect(monitor.calls).toHaveLength(1);
    });

    it('F2 settings and monitor that both hang hold a request no longer than timeoutSec', async () => {
      const { flusher, monitor, clock, source, startPolling, hits } = await createNumberedFlusher();
      hits.add(1);
      await startPolling();
      await flusher.flush();
      clock.advance(MINUTE_MS);
      source.answer = () => new Promise(() => {});
      monitor.answer = () => new Promise(() => {});
      let ended = false;
      const elected = flusher.electRequest()!.then(() => (ended = true));
      await settle();
      clock.advance(2.5 * SECOND_MS);
      await settle();
      expect(monitor.calls).toHaveLength(2);
      clock.advance(2.5 * SECOND_MS - 1);
      await settle();
      expect(ended).toBe(false);
      clock.advance(1);
      await elected;
    });
  });

  describe('a pause', () => {
    it('elects nobody, fires no timer, and flushes nothing by hand', async () => {
      const { flusher, monitor, clock, hits } = await createNumberedFlusher({ mode: 'both' });
      hits.add(1);
      flusher.pause();
      await pass(clock, 3 * MINUTE_MS);
      expect(flusher.electRequest()).toBeUndefined();
      expect((await flusher.flush()).outcome).toBe('disabled');
      expect(monitor.calls).toEqual([]);
      flusher.start();
      await pass(clock, MINUTE_MS);
      expect(monitor.valuesOf('hits')).toEqual([1]);
    });

    it('lets the flush that runs end, and begins none that waits for it', async () => {
      const { flusher, monitor, clock, hits } = await createNumberedFlusher({ mode: 'both' });
      hits.add(1);
      let answer = (): void => {};
      monitor.answer = () => new Promise(resolve => (answer = () => resolve({ rejected: [] })));
      const running = flusher.flush();
      const waiting = flusher.flush();
      await settle();
      flusher.pause();
      answer();
      expect((await running).outcome).toBe('sent');
      expect((await waiting).outcome).toBe('disabled');
      await pass(clock, 3 * MINUTE_MS);
      expect(monitor.calls).toHaveLength(1);
    });

    it('is no silence, and after it a flush is due at once where requests flush', async () => {
      const { flusher, monitor, clock, hits } = await createNumberedFlusher();
      hits.add(1);
      monitor.answer = () => Promise.reject(new Error('down'));
      await flusher.flush();
      flusher.pause();
      clock.advance(60 * MINUTE_MS);
      flusher.start();
      expect(flusher.silence.isLong).toBe(false);
      await flusher.electRequest();
      expect(monitor.calls).toHaveLength(2);
      expect(log.error).not.toHaveBeenCalled();
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

  describe('task numbers', () => {
    it('F5 F8 nothing is sent without a number, nothing is lost, and the claim is polled soon', async () => {
      const { flusher, monitor, clock, allocator, hits } = createFlusher();
      flusher.start();
      hits.add(1);
      await flusher.electRequest();
      expect(flusher.lastReport?.outcome).toBe('no-task-number');
      expect(monitor.calls).toEqual([]);
      hits.add(1);
      await allocator.assignTaskNumbers();
      clock.advance(5 * SECOND_MS);
      await flusher.electRequest();
      expect(monitor.valuesOf('hits')).toEqual([2]);
    });

    it('F8 says once that it waits, and every five minutes where to look', async () => {
      const { flusher, clock, allocator } = createFlusher();
      const warnings = (): unknown[] => log.warn.mock.calls.flat();
      const wait = async (ms: number): Promise<void> => {
        for (let waitedMs = 0; waitedMs < ms; waitedMs += 5 * SECOND_MS) {
          await flusher.flush();
          clock.advance(5 * SECOND_MS);
        }
      };
      flusher.start();
      await wait(5 * MINUTE_MS);
      expect(warnings()).toEqual(['Nothing is sent yet, nor lost: no task number assigned yet.']);
      await wait(MINUTE_MS);
      expect(warnings().slice(1)).toEqual([
        'This instance has waited 5 minutes for a task number, and sends nothing until it has one. Look here.',
      ]);
      await wait(9 * MINUTE_MS);
      expect(warnings()).toHaveLength(3);
      expect(log.error).not.toHaveBeenCalled();

      await allocator.assignTaskNumbers();
      await wait(10 * MINUTE_MS);
      expect(warnings()).toHaveLength(3);
    });

    it('F8 the time waited counts from the beginning when a number was lost', async () => {
      const { flusher, clock, allocator } = await createNumberedFlusher();
      await flusher.flush();
      clock.advance(31 * MINUTE_MS);
      await allocator.assignTaskNumbers();
      await flusher.flush();
      clock.advance(5 * MINUTE_MS);
      await flusher.flush();
      expect(log.warn.mock.calls.flat().join('\n')).not.toContain('minutes for a task number');
    });

    it('F8 a first number may take longer than a renewal, and leaves time to send', async () => {
      const { flusher, monitor, clock, allocator, registry, hits } = createFlusher();
      registerCallback(() => new Promise(() => {}), registry);
      vi.spyOn(allocator, 'notifyTaskIsAlive').mockImplementation(
        () => new Promise(resolve => clock.after(4 * SECOND_MS, () => resolve(0))),
      );
      flusher.start();
      hits.add(1);
      const elected = flusher.electRequest();
      await pass(clock, 4 * SECOND_MS);
      clock.advance(0.5 * SECOND_MS);
      await elected;
      expect(monitor.valuesOf('hits')).toEqual([1]);
    });

    it('F7 the first stream starts when the number was gained, with all that was recorded before', async () => {
      const { flusher, monitor, clock, allocator, hits } = createFlusher();
      flusher.start();
      hits.add(1);
      await flusher.flush();
      await allocator.assignTaskNumbers();
      clock.advance(5 * SECOND_MS);
      const gainedAt = clock.now() * 1000;
      await flusher.flush();
      expect(monitor.calls[0]!.cells[0]).toMatchObject({ value: 1 });
      expect(monitor.calls[0]!.cells[0]!.resetTime).toBeGreaterThanOrEqual(gainedAt);
    });

    it('F7 a lost number starts new streams with what was not accepted, while get() goes on', async () => {
      const { flusher, monitor, clock, allocator, hits } = await createNumberedFlusher();
      hits.add(10);
      await flusher.flush();
      hits.add(4);
      monitor.answer = () => Promise.reject(new Error('down'));
      await flusher.flush();
      monitor.answer = () => ({ rejected: [] });

      clock.advance(31 * MINUTE_MS);
      await allocator.assignTaskNumbers();
      expect((await flusher.flush()).outcome).toBe('no-task-number');
      hits.add(1);
      await allocator.assignTaskNumbers();
      await flusher.flush();
      expect(monitor.valuesOf('hits')).toEqual([10, 14, 5]);
      expect(hits.get()).toBe(15);
      const [first, , last] = monitor.calls;
      expect(last!.cells[0]!.resetTime).toBeGreaterThan(first!.endTime);
    });

    it('F7 no chunk of an ended stream is sent, also when the same number is there again', async () => {
      const { flusher, monitor, clock, taskNumber, registry } = await createNumberedFlusher({
        chunkSize: 1,
        workers: 1,
      });
      const byId = new Counter('by_id', { fields: { id: 'int' }, registry });
      byId.add(1, { id: 0 });
      byId.add(1, { id: 1 });
      monitor.answer = async () => {
        monitor.answer = () => ({ rejected: [] });
        clock.jump(900 * SECOND_MS);
        await taskNumber.renew(new AbortController().signal);
        return { rejected: [] };
      };
      await flusher.flush();
      expect(monitor.calls).toHaveLength(1);
      await flusher.flush();
      expect(monitor.valuesOf('by_id')).toEqual([1, 1, 1]);
      expect(monitor.calls.at(-1)!.cells[0]!.resetTime).toBeGreaterThan(monitor.calls[0]!.endTime);
    });

    it('F5 no chunk is sent once the number may be lost', async () => {
      const { flusher, monitor, clock, registry } = await createNumberedFlusher({
        chunkSize: 1,
        workers: 1,
      });
      const byId = new Counter('by_id', { fields: { id: 'int' }, registry });
      byId.add(1, { id: 0 });
      byId.add(1, { id: 1 });
      monitor.answer = () => {
        clock.jump(900 * SECOND_MS); // frozen for half of the expiry
        return { rejected: [] };
      };
      expect(await flusher.flush()).toMatchObject({ outcome: 'failed', accepted: 1, rejected: 1 });
      expect(monitor.calls).toHaveLength(1);
    });
  });

  it('what callbacks set is reported for this instance, also where the elected request has a target', async () => {
    const { flusher, monitor, registry } = await createNumberedFlusher();
    const depth = new IntGauge('depth', { registry });
    registerCallback(() => depth.set(1), registry);
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

  it('F6 the last flush sends what is left, also while another one runs', async () => {
    const { flusher, monitor, hits } = await createNumberedFlusher();
    hits.add(1);
    const elected = flusher.electRequest();
    hits.add(1);
    expect((await flusher.stop(5)).outcome).toBe('sent');
    await elected;
    expect(monitor.valuesOf('hits').at(-1)).toBe(2);
    expect((await flusher.flush()).outcome).toBe('disabled');
  });

  it('F6 flushes that wait when the last one begins end as disabled', async () => {
    const { flusher, monitor, hits } = await createNumberedFlusher();
    hits.add(1);
    monitor.answer = () => new Promise(() => {});
    void flusher.electRequest();
    const waiting = [flusher.flush(), flusher.flush()];
    await settle();
    monitor.answer = () => ({ rejected: [] });
    expect((await flusher.stop(5)).outcome).toBe('sent');
    const outcomes = (await Promise.all(waiting)).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['disabled', 'disabled']);
    expect(monitor.calls).toHaveLength(2);
  });

  it('F6 goes ahead of the flushes that wait for one that is given up', async () => {
    const { flusher, monitor, hits } = await createNumberedFlusher();
    hits.add(1);
    const order: string[] = [];
    monitor.answer = () => new Promise(() => {});
    const hanging = flusher.electRequest()!.then(() => order.push('hanging'));
    const waiting = flusher.flush().then(({ outcome }) => order.push(`waiting ${outcome}`));
    await settle();
    monitor.answer = () => ({ rejected: [] });
    const atOnce = flusher.flushAtOnce(5).then(({ outcome }) => order.push(`at once ${outcome}`));
    await Promise.all([hanging, waiting, atOnce]);
    expect(order).toEqual(['hanging', 'at once sent', 'waiting sent']);
  });

  it('F1 F6 nobody flushes beside the one that took the turn of another', async () => {
    const { flusher, monitor, hits } = await createNumberedFlusher();
    hits.add(1);
    monitor.answer = () => new Promise(() => {});
    void flusher.electRequest();
    await settle();
    const atOnce = flusher.flushAtOnce(5);
    await settle();
    expect(monitor.calls).toHaveLength(2);
    void flusher.flush();
    await settle();
    expect(monitor.calls).toHaveLength(2);
    monitor.answer = () => ({ rejected: [] });
    await flusher.stop(5);
    expect((await atOnce).outcome).toBe('failed');
  });

  it('F6 the flush at once that still waits for its turn sends nothing after the last one', async () => {
    const { flusher, monitor, hits } = await createNumberedFlusher();
    hits.add(1);
    monitor.answer = () => new Promise(() => {});
    void flusher.electRequest();
    await settle();
    monitor.answer = () => ({ rejected: [] });
    const [atOnce, last] = await Promise.all([flusher.flushAtOnce(5), flusher.stop(5)]);
    expect([atOnce.outcome, last.outcome]).toEqual(['disabled', 'sent']);
    expect(monitor.calls).toHaveLength(2);
  });

  it('F6 no start begins anything after the last flush', async () => {
    const { flusher } = await createNumberedFlusher({ mode: 'both' });
    await flusher.stop(5);
    flusher.start();
    expect(flusher.isStarted).toBe(false);
    expect((await flusher.flushAtOnce(5)).outcome).toBe('disabled');
  });
});
