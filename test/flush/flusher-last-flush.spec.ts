import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { settle } from '../support/settle.js';
import { createNumberedFlusher, mockLog } from './flushers.js';

describe('Flusher', () => {
  beforeEach(() => void mockLog());
  afterEach(() => {
    vi.restoreAllMocks();
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

  it('F6 the last flush goes ahead of flushes that wait for one that is given up', async () => {
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

  it('F1 F6 no flush runs beside one that took the turn of another', async () => {
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

  it('F6 a flush of the shutdown that still waits for its turn sends nothing after the last one', async () => {
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
