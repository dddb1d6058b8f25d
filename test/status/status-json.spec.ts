import { describe, expect, it } from 'vitest';
import { registerGlobalCallback } from '../../lib/metrics/callbacks.js';
import { Counter, FloatCounter } from '../../lib/metrics/counter.js';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { BoolGauge, FloatGauge, IntGauge, StringGauge } from '../../lib/metrics/gauge.js';
import { Registry } from '../../lib/metrics/registry.js';
import { Units } from '../../lib/metrics/units.js';
import { statusJson } from '../../lib/status/status-json.js';
import type { StatusReport } from '../../lib/status/status-report.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { Device } from '../../lib/targets/device.js';
import { withTarget } from '../../lib/targets/with-target.js';
import { turnsDuring } from '../monitors/debug/turns.js';
import { piecesOf, sourceOf } from './a-source.js';

async function reportOf(registry: Registry, taskNum?: number): Promise<StatusReport> {
  const source = sourceOf(registry, taskNum);
  const pieces = await piecesOf(statusJson(source.status(), source));
  return JSON.parse(pieces.join('')) as StatusReport;
}

const cellsOf = async (registry: Registry) => (await reportOf(registry)).metrics[0]?.cells;

describe('the status as JSON', () => {
  it('describes an instance with a number, and one without', async () => {
    const target = { service_name: 'shop', job_name: 'web', data_center: '', host_name: 'v1' };
    const numbered = await reportOf(new Registry(), 3);
    expect(numbered).toMatchObject({
      time: 1_000_000,
      running: true,
      exporting: true,
      instanceId: 'i-1',
      nextFlushInSec: 60,
      dropped: {},
      versions: { 'nestjs-tsmon': expect.any(String), node: process.versions.node },
      metrics: [],
    });
    expect(numbered.target).toEqual({ ...target, task_num: 3 });
    expect(numbered.versions['@nestjs/core']).toMatch(/^\d+\./);
    const without = await reportOf(new Registry());
    expect(without.exporting).toBe(false);
    expect(without.target).toEqual(target);
  });

  it('has every metric by name, as it was declared, also one without cells', async () => {
    const registry = new Registry();
    const second = new IntGauge('b/second', { registry });
    const first = new CumulativeDistribution('a/first', {
      description: 'How long.',
      units: Units.Milliseconds,
      fields: { path: 'string', status: 'int', cached: 'bool' },
      registry,
    });
    const { metrics } = await reportOf(registry);
    expect(metrics.map(({ name }) => name)).toEqual([first.name, second.name]);
    expect(metrics[0]).toEqual({
      name: 'a/first',
      kind: 'CumulativeDistribution',
      valueType: 'distribution',
      cumulative: true,
      units: 'ms',
      description: 'How long.',
      fields: [
        { name: 'path', type: 'string' },
        { name: 'status', type: 'int' },
        { name: 'cached', type: 'bool' },
      ],
      global: false,
      cells: [],
    });
  });

  it('marks metrics that housekeeping reports for the whole service', async () => {
    const registry = new Registry();
    const queue = new IntGauge('queue', { registry });
    const own = new IntGauge('own', { registry });
    registerGlobalCallback('queue', [queue], () => {});
    const { metrics } = await reportOf(registry);
    expect(metrics.map(({ name, global }) => [name, global])).toEqual([
      [own.name, false],
      [queue.name, true],
    ]);
  });

  it('has the value of each kind as the application reads it', async () => {
    const registry = new Registry();
    new Counter('a', { registry }).add(5);
    new FloatCounter('b', { registry }).add(0.1);
    new FloatGauge('c', { registry }).set(-1e300);
    new StringGauge('d', { registry }).set('');
    new BoolGauge('e', { registry }).set(false);
    new CumulativeDistribution('f', { registry }).add(2);
    const { metrics } = await reportOf(registry);
    expect(metrics.map(({ cells }) => cells[0]?.value)).toEqual([
      5,
      0.1,
      -1e300,
      '',
      false,
      expect.objectContaining({ count: 1, sum: 2, mean: 2 }),
    ]);
    expect(metrics[0]!.cells[0]!.startTime).toBeGreaterThan(0);
    expect(metrics[2]!.cells[0]).toEqual({ fields: {}, value: -1e300 });
  });

  it('has a median of 0 for bodies of 0 bytes, also beside a few of others', async () => {
    const registry = new Registry();
    const units = Units.Bytes;
    const bodies = new CumulativeDistribution('bodies', { registry, units });
    for (const bytes of [0, 0, 0, 500]) {
      bodies.add(bytes);
    }
    expect((await cellsOf(registry))?.[0]?.value).toMatchObject({
      count: 4,
      p50: { from: 0, to: 0 },
    });
  });

  it('R2 reading makes no cell, and forgets none', async () => {
    const registry = new Registry();
    const orders = new Counter('orders', { fields: { status: 'string' }, registry });
    orders.add(2, { status: 'ok' });
    await reportOf(registry);
    expect(await cellsOf(registry)).toHaveLength(1);
    orders.add(1, { status: 'ok' });
    expect((await cellsOf(registry))?.[0]?.value).toBe(3);
    orders.delete({ status: 'ok' });
    expect(await cellsOf(registry)).toEqual([]);
  });

  it('has no falling value when the task number changes', async () => {
    const registry = new Registry();
    const orders = new Counter('orders', { registry });
    orders.add(2);
    const store = storeOf(registry);
    store.snapshot(registry.instanceMetrics(), new Device({ hostname: 'd' }))[0]!.accept();
    store.startStreams();
    orders.add(1);
    expect((await cellsOf(registry))?.[0]?.value).toBe(3);
  });

  it('names the target of a cell that has its own', async () => {
    const registry = new Registry();
    const pages = new Counter('pages', { registry });
    withTarget(new Device({ hostname: 'printer' }), () => pages.add(1));
    expect((await cellsOf(registry))?.[0]?.target).toMatchObject({ hostname: 'printer' });
  });

  it('says why a target cannot be shown, and shows the others', async () => {
    const registry = new Registry();
    const pages = new Counter('pages', { fields: { id: 'int' }, registry });
    const failing = { type: 'x', key: 'x', labels: () => ({ a: 1n as unknown as number }) };
    withTarget(failing, () => pages.add(1, { id: 1 }));
    const throwing = {
      type: 'y',
      key: 'y',
      labels: () => {
        throw new Error('no labels today');
      },
    };
    withTarget(throwing, () => pages.add(1, { id: 2 }));
    pages.add(1, { id: 3 });
    const cells = (await cellsOf(registry))!;
    expect(cells.map(({ fields, value }) => [fields.id, value])).toEqual([
      [1, undefined],
      [2, undefined],
      [3, 1],
    ]);
    expect(cells[0]!.problem).toContain('BigInt');
    expect(cells[1]!.problem).toBe('Error: no labels today');
  });

  it('keeps hostile field values and texts', async () => {
    const registry = new Registry();
    const hostile = [
      '__proto__',
      'constructor',
      '',
      '"],"metrics":[],"x":["',
      '</script><script>alert(1)</script>',
      '\u2028\u2029\u0000\n\r\t\\',
      '\ud800',
      'a\udc00b',
      '😀',
      'x'.repeat(1_000_000),
    ];
    const texts = new StringGauge('texts', {
      description: '"}] \ud800 __proto__',
      fields: { constructor: 'string', toString: 'string' } as const,
      registry,
    });
    for (const text of hostile) {
      texts.set(text, { constructor: text, toString: '__proto__' } as never);
    }
    const { metrics } = await reportOf(registry);
    expect(metrics[0]!.description).toBe('"}] \ud800 __proto__');
    const kept = hostile.map(text => text.slice(0, 1024));
    expect(metrics[0]!.cells.map(({ value }) => value)).toEqual(kept);
    expect(metrics[0]!.cells.map(({ fields }) => Object.values(fields)[0])).toEqual(kept);
  });

  it('counts dropped records, also of a metric with a hostile name', async () => {
    const registry = new Registry();
    storeOf(registry).cellsPerMetric = 1;
    const proto = new Counter('__proto__', { fields: { id: 'int' }, registry });
    for (let id = 0; id < 4; id++) {
      proto.add(1, { id });
    }
    const { dropped } = await reportOf(registry);
    expect(Object.entries(dropped)).toEqual([['__proto__', 3]]);
  });

  it('is right while cells come and go', async () => {
    const registry = new Registry();
    storeOf(registry).cellsPerMetric = 20_000;
    const items = new Counter('items', { fields: { id: 'int' }, registry });
    for (let id = 0; id < 20_000; id++) {
      items.add(1, { id });
    }
    const source = sourceOf(registry);
    const pieces: string[] = [];
    let id = 0;
    for await (const piece of statusJson(source.status(), source)) {
      pieces.push(piece);
      items.delete({ id });
      items.add(1, { id: 20_000 + id++ });
    }
    const { metrics } = JSON.parse(pieces.join('')) as StatusReport;
    const ids = metrics[0]!.cells.map(({ fields }) => fields.id);
    expect(pieces.length).toBeGreaterThan(5);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBe(20_000);
  });

  it.each([5_000, 100_000])(
    'F9 other work gets its turn while %i cells are written',
    async count => {
      const registry = new Registry();
      storeOf(registry).cellsPerMetric = count;
      const waits = new CumulativeDistribution('waits', { fields: { id: 'int' }, registry });
      for (let id = 0; id < count; id++) {
        waits.add(id, { id });
      }
      const source = sourceOf(registry);
      let length = 0;
      const turns = await turnsDuring(async () => {
        for await (const piece of statusJson(source.status(), source)) {
          length = Math.max(length, piece.length);
        }
      });
      expect(turns).toBeGreaterThan(1);
      expect(length).toBeLessThan(70_000);
    },
  );
});
