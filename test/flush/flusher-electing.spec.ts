import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { pass } from '../support/settle.js';
import { SECOND_MS, MINUTE_MS, createFlusher, createNumberedFlusher, mockLog } from './flushers.js';

describe('Flusher', () => {
  beforeEach(() => void mockLog());
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
});
