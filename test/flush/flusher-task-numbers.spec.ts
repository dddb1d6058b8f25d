import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { registerCallback } from '../../lib/metrics/callbacks.js';
import { Counter } from '../../lib/metrics/counter.js';
import { pass } from '../support/settle.js';
import { SECOND_MS, MINUTE_MS, createFlusher, createNumberedFlusher, mockLog } from './flushers.js';

describe('Flusher', () => {
  let log: ReturnType<typeof mockLog>;

  beforeEach(() => {
    log = mockLog();
  });
  afterEach(() => {
    vi.restoreAllMocks();
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
      expect(warnings()).toEqual([
        'Nothing is sent yet, and nothing is lost: no task number assigned yet.',
      ]);
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
      registerCallback(() => new Promise(() => {}), { registry });
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
});
