import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FlushSettings } from '../../lib/flush/flush-settings.js';
import { Counter } from '../../lib/metrics/counter.js';
import { pass, settle } from '../support/settle.js';
import { SECOND_MS, MINUTE_MS, createNumberedFlusher, mockLog } from './flushers.js';

describe('Flusher', () => {
  let log: ReturnType<typeof mockLog>;

  beforeEach(() => {
    log = mockLog();
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  describe('settings that change', () => {
    it('a shorter interval takes effect at once, for requests and for the timer', async () => {
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

    it('the timeout and the number of workers are the current ones', async () => {
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

    it('F1 one request reads the settings, and the same one flushes', async () => {
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

    it('a request that reads the settings flushes by them', async () => {
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
    it('elects no request, fires no timer, and flushes nothing by hand', async () => {
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

    it('does not count as silence, and after it a flush is due at once if requests flush', async () => {
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
});
