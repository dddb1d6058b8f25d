import { Logger } from '@nestjs/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { SourceMetric } from '../../lib/sources/metric-source.js';
import { SourceReader } from '../../lib/sources/source-reader.js';
import { droppedCellsReporter, unknownSendsReporter } from '../../lib/self/reporters.js';
import { ACCEPT } from '../flush/quiet-cells.js';
import { settle } from '../support/settle.js';
import { FakeSource, metric, sent, setUp } from './flushed-source.js';

const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
const error = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);

beforeEach(() => {
  warn.mockClear();
  error.mockClear();
});

const points = (...cpus: number[]) => cpus.map(cpu => ({ attributes: { cpu }, value: cpu + 1 }));
const valueOf = (cells: readonly unknown[]) => cells.map(cell => (cell as unknown[])[3]);

describe('the rules of cells hold for the cells of a source:', () => {
  it('the limit, within which new cells take the place of vanished ones', async () => {
    const source = new FakeSource();
    const { flush, store, registry } = setUp([source]);
    store.cellsPerMetric = 2;
    source.metrics = [metric('hits', 'counter', points(0, 1, 2))];
    expect(await flush()).toHaveLength(2);
    expect([...store.dropped()]).toEqual([['hits', 1]]);
    droppedCellsReporter(registry)();
    expect(warn.mock.calls[0]![0]).toMatch(/^Metric "hits" has 2 cells, and new ones are dropped/);
    source.metrics = [metric('hits', 'counter', points(2, 3))];
    const hits = (await flush()).filter(cell => cell.metric.name === 'hits');
    expect(valueOf(sent(hits)).sort()).toEqual([3, 4]);
  });

  it('F3 a failed flush loses nothing', async () => {
    const source = new FakeSource();
    const { flush, receiver } = setUp([source]);
    receiver.answer = () => Promise.reject(new Error('UNAVAILABLE'));
    source.metrics = [metric('hits', 'counter', 5)];
    await flush().catch(() => undefined);
    receiver.answer = ACCEPT;
    source.metrics = [metric('hits', 'counter', 6)];
    await flush();
    expect(receiver.total('hits')).toBe(6);
  });

  it('F7 a send of unknown outcome is carried over and counted', async () => {
    const source = new FakeSource();
    const { flush, receiver, changeNumber, store, registry } = setUp([source]);
    source.metrics = [metric('hits', 'counter', 5)];
    receiver.answer = () => Promise.reject(new Error('UNAVAILABLE'));
    await flush().catch(() => undefined);
    receiver.answer = ACCEPT;
    changeNumber();
    await flush();
    expect(receiver.total('hits')).toBe(5);
    expect(store.unknownSends).toBe(1);
    unknownSendsReporter(registry)();
  });

  it('F12 a histogram that has not changed is quiet', async () => {
    const source = new FakeSource();
    const { flush } = setUp([source]);
    const value = { bounds: [1], bucketCounts: [1, 1], count: 2, sum: 3 };
    source.metrics = [metric('sizes', 'histogram', value), metric('hits', 'counter', 1)];
    expect(await flush()).toHaveLength(2);
    source.metrics = [metric('sizes', 'histogram', { ...value }), metric('hits', 'counter', 1)];
    expect(await flush()).toHaveLength(2 - 1);
    source.metrics = [metric('sizes', 'histogram', { ...value, sum: 4 })];
    expect(valueOf(sent(await flush()))).toEqual([{ counts: [1, 1], sum: 4 }]);
  });

  it('an application that is started again sends only what is new', async () => {
    const source = new FakeSource();
    const { flush, store, clock, receiver } = setUp([source]);
    source.metrics = [metric('hits', 'counter', 5)];
    await flush();
    store.startStreams();
    const again = new FakeSource();
    again.metrics = [metric('hits', 'counter', 7)];
    const read = new SourceReader([again], store, clock);
    source.metrics = [metric('hits', 'counter', 7)];
    await read.read(1000);
    await flush();
    expect(receiver.total('hits')).toBe(7);
  });

  it('a source that the next application does not have is forgotten', async () => {
    const source = new FakeSource();
    const { flush, store, clock, registry } = setUp([source]);
    source.metrics = [metric('hits', 'counter', 5)];
    await flush();
    expect(registry.instanceMetrics()).toHaveLength(1);
    expect(new SourceReader([], store, clock).names).toEqual([]);
    expect(registry.instanceMetrics()).toEqual([]);
  });

  it('a reset begins new streams later than all points before', async () => {
    const source = new FakeSource();
    const { flush, store, clock } = setUp([source]);
    source.metrics = [metric('hits', 'counter', 5)];
    await flush();
    const endTime = clock.now() * 1000;
    store.reset();
    const [cell] = await flush();
    expect(cell!.value).toBe(5);
    expect(cell!.resetTime).toBeGreaterThan(endTime);
  });

  it('constant fields, also beside the original attributes', async () => {
    const source = new FakeSource();
    const { flush, store } = setUp([source]);
    store.constantFields = { env: 'prod', cpu: 'no' };
    source.metrics = [metric('load', 'gauge', [{ attributes: { cpu: 1, 'a.b': 0.5 }, value: 2 }])];
    const cells = await flush();
    const fields = { a_b: '0.5', cpu: 1, env: 'prod' };
    expect(sent(cells)).toEqual([['FloatGauge', 'load', fields, 2]]);
    const { origin } = cells[0]!.metric;
    const attributes = { 'a.b': 0.5, cpu: 1, env: 'prod' };
    expect(origin!.attributesOf(cells[0]!.fieldValues)).toEqual(attributes);
    store.constantFields = {};
    expect((await flush())[0]!.fieldValues).toEqual(['0.5', 1]);
  });

  it('while disabled they are not read', async () => {
    const source = new FakeSource();
    const { reader, store } = setUp([source]);
    store.recording = false;
    await reader.read(1000);
    expect(source.reads).toBe(0);
  });
});

describe('a source that fails', () => {
  const failing = (name: string, read: (signal: AbortSignal) => Promise<readonly SourceMetric[]>) =>
    Object.assign(new FakeSource(name), { read });

  it('does not stop the others, and its last values are sent', async () => {
    let fails = false;
    const first = failing('first', async () => {
      if (fails) {
        throw new Error('no connection');
      }
      return [metric('hits', 'counter', 5)];
    });
    const second = new FakeSource('second');
    const { flush } = setUp([first, second]);
    second.metrics = [metric('load', 'gauge', 1)];
    await flush();
    fails = true;
    second.metrics = [metric('load', 'gauge', 2)];
    expect(valueOf(sent(await flush()))).toEqual([5, 2]);
  });

  it('is logged once while it fails, and again when it fails anew', async () => {
    let fails = true;
    const source = failing('db', () =>
      fails ? Promise.reject(new Error('no connection')) : Promise.resolve([]),
    );
    const { flush } = setUp([source]);
    await flush();
    await flush();
    expect(error.mock.calls.map(([line]) => line as string)).toEqual([
      'Source "db" could not be read. Its last values are sent until it can be read again.',
    ]);
    fails = false;
    await flush();
    fails = true;
    await flush();
    expect(error).toHaveBeenCalledTimes(2);
  });

  it('is told to end before its time is over, and its time is limited', async () => {
    const signals: AbortSignal[] = [];
    const hanging = failing('hanging', signal => {
      signals.push(signal);
      return new Promise(() => undefined);
    });
    const obeying = failing(
      'obeying',
      signal =>
        new Promise(resolve => {
          signal.addEventListener('abort', () => resolve([metric('hits', 'counter', 5)]));
        }),
    );
    const { reader, clock, store, registry } = setUp([hanging, obeying]);
    const read = reader.read(1000);
    await settle();
    clock.advance(800);
    await settle();
    expect(signals[0]!.aborted).toBe(true);
    clock.advance(200);
    await read;
    expect(store.sourceMetrics()).toHaveLength(1);
    expect(registry.instanceMetrics()).toHaveLength(1);
    expect(error.mock.calls.map(([line]) => line as string)).toEqual([
      'Source "hanging" could not be read. Its last values are sent until it can be read again.',
    ]);
  });
});
