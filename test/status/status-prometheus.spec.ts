import { describe, expect, it, vi } from 'vitest';
import { registerGlobalCallback } from '../../lib/metrics/callbacks.js';
import { Counter } from '../../lib/metrics/counter.js';
import { IntGauge, StringGauge } from '../../lib/metrics/gauge.js';
import { Registry } from '../../lib/metrics/registry.js';
import { TimeSlice } from '../../lib/clock/time-slice.js';
import { statusPrometheus } from '../../lib/status/status-prometheus.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { turnsDuring } from '../monitors/debug/turns.js';
import { piecesOf, sourceOf } from './a-source.js';

async function piecesFrom(registry: Registry, taskNum?: number): Promise<string[]> {
  const source = sourceOf(registry, taskNum);
  return piecesOf(await statusPrometheus(source.status(), source));
}

const textOf = async (registry: Registry, taskNum?: number): Promise<string> =>
  (await piecesFrom(registry, taskNum)).join('');

describe('the status for Prometheus', () => {
  it('has task_num as a label while the instance holds a number, and none before', async () => {
    const registry = new Registry();
    new Counter('shop/orders', { fields: { status: 'string' }, registry }).add(2, { status: 'ok' });
    expect(await textOf(registry, 0)).toMatch(
      /^shop_orders_total\{.*job_name="web".*task_num="0",status="ok"\} 2$/m,
    );
    const before = await textOf(registry);
    expect(before).toMatch(/^shop_orders_total\{.*job_name="web".*status="ok"\} 2$/m);
    expect(before).not.toContain('task_num');
  });

  it('has the time of the report', async () => {
    expect(await textOf(new Registry())).toContain('1970-01-01T00:16:40.000000Z');
  });

  it('goes on rising when the task number changes', async () => {
    const registry = new Registry();
    const orders = new Counter('orders', { registry });
    orders.add(2);
    const store = storeOf(registry);
    const target = { type: 't', key: 't', labels: () => ({}) };
    store.snapshot(registry.instanceMetrics(), target)[0]!.accept();
    store.startStreams();
    orders.add(1);
    expect(await textOf(registry, 1)).toMatch(/^orders_total\{.*\} 3$/m);
  });

  it('leaves metrics of the whole service to housekeeping', async () => {
    const registry = new Registry();
    const queue = new IntGauge('queue', { registry });
    registerGlobalCallback('queue', [queue], () => {});
    queue.set(5);
    expect(await textOf(registry)).not.toContain('queue');
  });

  it('is cut into pieces at the ends of lines, so that no character is broken', async () => {
    const registry = new Registry();
    const texts = new StringGauge('texts', { fields: { text: 'string' }, registry });
    for (let i = 0; i < 3000; i++) {
      texts.set('😀'.repeat(1 + (i % 50)), { text: `${'é😀'.repeat(i % 40)}${i}` });
    }
    const pieces = await piecesFrom(registry);
    expect(pieces.length).toBeGreaterThan(3);
    const bytes = Buffer.concat(pieces.map(piece => Buffer.from(piece)));
    expect(bytes.toString()).toBe(pieces.join(''));
    expect(bytes.toString()).not.toContain('\uFFFD');
    expect(pieces.every(piece => piece.endsWith('\n'))).toBe(true);
    expect(pieces.join('').match(/^texts_info\{/gm)).toHaveLength(3000);
  });

  it('F9 other work gets its turn while 100,000 cells are written', async () => {
    const registry = new Registry();
    storeOf(registry).cellsPerMetric = 100_000;
    const hits = new Counter('hits', { fields: { id: 'int' }, registry });
    for (let id = 0; id < 100_000; id++) {
      hits.add(1, { id });
    }
    const source = sourceOf(registry);
    const turns = await turnsDuring(async () =>
      piecesOf(await statusPrometheus(source.status(), source)),
    );
    expect(turns).toBeGreaterThan(1);
  });

  it('F9 other work gets its turn while cells are gathered, whenever a slice of time is over', async () => {
    const registry = new Registry();
    const hits = new Counter('hits', { fields: { id: 'int' }, registry });
    for (let id = 0; id < 500; id++) {
      hits.add(1, { id });
    }
    const slice = new TimeSlice();
    vi.spyOn(slice, 'isOver', 'get').mockReturnValue(true);
    const turns = await turnsDuring(() => sourceOf(registry).cells(hits, slice));
    expect(turns).toBeGreaterThanOrEqual(500);
  });
});
