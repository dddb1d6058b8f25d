import { describe, expect, it } from 'vitest';
import { Counter } from '../../../lib/metrics/counter.js';
import { IntGauge } from '../../../lib/metrics/gauge.js';
import { Registry } from '../../../lib/metrics/registry.js';
import { OpenTelemetryMonitor } from '../../../lib/monitors/opentelemetry/opentelemetry-monitor.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { settle } from '../../support/settle.js';
import { turnsDuring } from '../debug/turns.js';
import { cell, distribution, durations, endTime, oneOfEach, orders, queue, task } from './cells.js';
import { FakeExporter } from './fake-exporter.js';
import { never, byNumber } from './sends-by-number.js';

describe('OpenTelemetryMonitor', () => {
  it('exports nothing without cells', async () => {
    const exporter = new FakeExporter();
    const monitor = new OpenTelemetryMonitor({ exporter });
    expect(await monitor.send([], endTime, never)).toEqual({ rejected: [] });
    expect(exporter.exported).toEqual([]);
  });

  it('puts all cells of a metric and target together', async () => {
    const exporter = new FakeExporter();
    const monitor = new OpenTelemetryMonitor({ exporter });
    await monitor.send(
      [
        cell(orders, 1, ['a', 0, false]),
        cell(queue, 2),
        cell(orders, 3, ['b', 0, false], task.withTaskNum(2)),
      ],
      endTime,
      never,
    );
    expect(exporter.metrics.map(({ descriptor }) => descriptor.name)).toEqual([
      'shop/orders',
      'shop/queue',
    ]);
    expect(exporter.metrics[0]?.dataPoints).toMatchObject([{ value: 1 }, { value: 3 }]);
  });

  it('rejects broken cells for good and sends the others', async () => {
    const exporter = new FakeExporter();
    const monitor = new OpenTelemetryMonitor({ exporter });
    const { rejected } = await monitor.send(
      [cell(queue, NaN), cell(queue, 1), cell(durations, 3), cell(orders, 1, ['a'])],
      endTime,
      never,
    );
    expect(rejected.map(({ index, outcome }) => [index, outcome])).toEqual([
      [0, 'refused'],
      [2, 'refused'],
      [3, 'refused'],
    ]);
    expect(exporter.metrics.map(({ dataPoints }) => dataPoints.length)).toEqual([1]);
    const onlyBroken = await monitor.send([cell(queue, NaN)], endTime, never);
    expect(onlyBroken.rejected).toHaveLength(1);
    expect(exporter.exported).toHaveLength(1);
  });

  it('sends each of 1,001 distributions that change meanwhile consistent in itself', async () => {
    const values = Array.from({ length: 1001 }, () => distribution(durations.bucketer, 1));
    const exporter = new FakeExporter();
    exporter.answer = (_, done) => setImmediate(done, { code: 0 });
    const monitor = new OpenTelemetryMonitor({ exporter });
    const sending = monitor.send(
      values.map((value, i) => cell(durations, value, [], task.withTaskNum(i % 7))),
      endTime,
      never,
    );
    const timer = setInterval(() => values.forEach(value => value.add(15)), 0);
    await sending;
    clearInterval(timer);
    const points = exporter.metrics.flatMap(
      ({ dataPoints }) =>
        dataPoints as { value: { count: number; buckets: { counts: number[] } } }[],
    );
    expect(points).toHaveLength(1001);
    for (const { value } of points) {
      expect(value.buckets.counts.reduce((sum, count) => sum + count, 0)).toBe(value.count);
    }
  });

  it('F9 lets other work go first while it translates 100,000 cells', async () => {
    const monitor = new OpenTelemetryMonitor({ exporter: new FakeExporter() });
    const cells = Array.from({ length: 100_000 }, (_, i) => cell(orders, i, [`s${i}`, i, true]));
    expect(await turnsDuring(() => monitor.send(cells, endTime, never))).toBeGreaterThan(5);
  });
});

describe('F9 many chunks at a time', () => {
  it('let other work go first between their exports', async () => {
    const exporter = new FakeExporter();
    exporter.answer = (_, done) => {
      const end = performance.now() + 3;
      while (performance.now() < end) {
        Math.sqrt(end);
      }
      done({ code: 0 });
    };
    const monitor = new OpenTelemetryMonitor({ exporter, concurrency: 20 });
    const turns = await turnsDuring(() =>
      Promise.all(byNumber(20).map(each => monitor.send([each], endTime, never))),
    );
    expect(turns).toBeGreaterThan(8);
  });
});

describe('names of metrics in OpenTelemetry', () => {
  const registry = new Registry();
  const plain = new Counter('a/b', { registry });
  const absolute = new IntGauge('/a/b', { registry });

  async function namesOf(metricName?: (name: string) => string) {
    const exporter = new FakeExporter();
    const monitor = new OpenTelemetryMonitor({ exporter, metricName });
    const { rejected } = await monitor.send([cell(plain, 1), cell(absolute, 2)], endTime, never);
    return { rejected, names: exporter.metrics.map(({ descriptor }) => descriptor.name) };
  }

  it('lose their leading slash, and a metric that would share its name with another is refused', async () => {
    const { names, rejected } = await namesOf();
    expect(names).toEqual(['a/b']);
    expect(rejected).toEqual([
      {
        index: 1,
        reason: expect.stringMatching(/"a\/b".*Counter.*IntGauge.*rename/),
        outcome: 'refused',
      },
    ]);
  });

  it('are those of the application', async () => {
    const { names, rejected } = await namesOf(name => `x.com/${name.replace(/^\//, 'root/')}`);
    expect(names).toEqual(['x.com/a/b', 'x.com/root/a/b']);
    expect(rejected).toEqual([]);
  });

  it.each([() => '', () => undefined as unknown as string])(
    'that are invalid refuse the cells, not the flush',
    async metricName => {
      const { rejected } = await namesOf(metricName);
      expect(rejected.map(({ reason }) => reason)).toEqual([
        expect.stringContaining('metricName'),
        expect.stringContaining('metricName'),
      ]);
    },
  );

  it('may be those of two equal declarations', async () => {
    const exporter = new FakeExporter();
    const monitor = new OpenTelemetryMonitor({ exporter });
    const copy = new Counter('a/b', { registry: new Registry() });
    const sent = await monitor.send(
      [cell(plain, 1), cell(copy, 2, [], task.withTaskNum(5))],
      endTime,
      never,
    );
    expect(sent.rejected).toEqual([]);
  });
});

describe('the signal of a send', () => {
  it('may be listened to by any number of targets without a warning', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    const monitor = new OpenTelemetryMonitor({ exporter: new FakeExporter() });
    await monitor.send(byNumber(100), endTime, new AbortController().signal);
    await settle();
    process.off('warning', note);
    expect(warnings).toEqual([]);
  });

  it('that is aborted already stops it before anything is exported', async () => {
    const exporter = new FakeExporter();
    const monitor = new OpenTelemetryMonitor({ exporter });
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(monitor.send(oneOfEach(), endTime, signal)).rejects.toThrow('too late');
    expect(exporter.exported).toEqual([]);
  });

  it('ends the send if the exporter never calls back, and all exports that wait behind it', async () => {
    const exporter = new FakeExporter();
    exporter.answer = () => undefined;
    const monitor = new OpenTelemetryMonitor({ exporter, concurrency: 2 });
    const controller = new AbortController();
    const sending = monitor.send(byNumber(5), endTime, controller.signal);
    await expect.poll(() => exporter.exported.length).toBe(2);
    controller.abort(new Error('time is over'));
    await expect(sending).rejects.toThrow('time is over');
    expect(exporter.exported).toHaveLength(2);
    exporter.answer = (_, done) => done({ code: 0 });
    expect(await monitor.send(byNumber(5), endTime, never)).toEqual({ rejected: [] });
    expect(exporter.exported).toHaveLength(7);
  });

  it('makes it reject even where some targets were accepted', async () => {
    const exporter = new FakeExporter();
    const controller = new AbortController();
    exporter.answer = ({ resource }, done) =>
      resource.attributes['service.instance.id'] === 'v1/0'
        ? done({ code: 0 })
        : controller.abort(new Error('time is over'));
    const monitor = new OpenTelemetryMonitor({ exporter });
    await expect(monitor.send(byNumber(2), endTime, controller.signal)).rejects.toThrow('over');
  });
});

describe('exports at a time', () => {
  it.each([1, 3])('are never more than %i, over all sends', async concurrency => {
    const exporter = new FakeExporter();
    exporter.answer = (_, done) => setImmediate(done, { code: 0 });
    const monitor = new OpenTelemetryMonitor({ exporter, concurrency });
    const results = await Promise.all(
      [1, 2, 3].map(() => monitor.send(byNumber(10), endTime, never)),
    );
    expect(results).toEqual([{ rejected: [] }, { rejected: [] }, { rejected: [] }]);
    expect(exporter.mostUnderWay).toBe(concurrency);
    expect(exporter.exported).toHaveLength(30);
  });

  it('are not blocked by a waiting send that is aborted', async () => {
    const exporter = new FakeExporter();
    const answers: (() => void)[] = [];
    exporter.answer = (_, done) => answers.push(() => done({ code: 0 }));
    const monitor = new OpenTelemetryMonitor({ exporter, concurrency: 1 });
    const first = monitor.send(byNumber(1), endTime, never);
    await expect.poll(() => answers.length).toBe(1);
    const controller = new AbortController();
    const waiting = monitor.send(byNumber(1), endTime, controller.signal);
    const last = monitor.send(byNumber(1), endTime, never);
    await settle();
    answers[0]!();
    controller.abort(new Error('over'));
    await expect(waiting).rejects.toThrow('over');
    await first;
    await expect.poll(() => answers.length).toBeGreaterThan(1);
    answers.slice(1).forEach(answer => answer());
    await expect(last).resolves.toEqual({ rejected: [] });
  });
});

describe('closing an OpenTelemetryMonitor', () => {
  it('flushes the exporter, shuts it down once, and sends nothing more', async () => {
    const exporter = new FakeExporter();
    const monitor = new OpenTelemetryMonitor({ exporter });
    await Promise.all([monitor.close(), monitor.close()]);
    expect(exporter.calls).toEqual(['forceFlush', 'shutdown']);
    await expect(monitor.send([cell(queue, 1)], endTime, never)).rejects.toThrow('is closed');
  });

  it('exports nothing more of what waits for its turn', async () => {
    const exporter = new FakeExporter();
    const answers: (() => void)[] = [];
    exporter.answer = (_, done) => answers.push(() => done({ code: 0 }));
    const monitor = new OpenTelemetryMonitor({ exporter, concurrency: 1 });
    const sending = monitor.send(byNumber(3), endTime, never);
    await expect.poll(() => answers.length).toBe(1);
    await monitor.close();
    answers[0]!();
    expect((await sending).rejected).toEqual([
      { index: 1, reason: expect.stringContaining('is closed'), outcome: 'retry' },
      { index: 2, reason: expect.stringContaining('is closed'), outcome: 'retry' },
    ]);
    expect(exporter.exported).toHaveLength(1);
  });

  it('shuts down an exporter that cannot be flushed, and says so', async () => {
    const exporter = new FakeExporter();
    exporter.forceFlush = () => Promise.reject(new Error('full'));
    await expect(new OpenTelemetryMonitor({ exporter }).close()).rejects.toThrow('full');
    expect(exporter.calls).toEqual(['shutdown']);
  });

  it('waits at most 2 seconds for each step', async () => {
    const clock = new ManualClock();
    const exporter = new FakeExporter();
    exporter.forceFlush = () => new Promise(() => undefined);
    exporter.shutdown = () => {
      exporter.calls.push('shutdown');
      return new Promise(() => undefined);
    };
    const closing = new OpenTelemetryMonitor({ exporter, clock }).close();
    closing.catch(() => undefined);
    await settle();
    expect(exporter.calls).toEqual([]);
    clock.advance(2000);
    await settle();
    expect(exporter.calls).toEqual(['shutdown']);
    clock.advance(2000);
    await expect(closing).rejects.toThrow('Shutting down the exporter');
  });
});
