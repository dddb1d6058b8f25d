import { describe, expect, it } from 'vitest';
import { Counter } from '../../lib/metrics/counter.js';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { IntGauge, StringGauge } from '../../lib/metrics/gauge.js';
import { Registry } from '../../lib/metrics/registry.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { Device } from '../../lib/targets/device.js';
import { Task } from '../../lib/targets/task.js';
import { withTarget } from '../../lib/targets/with-target.js';

const own = new Task({ serviceName: 's', jobName: 'j' });
const freezer = new Device({ metro: 'lab', hostname: 'freezer' });

function ordersOf(registry = new Registry()) {
  const fields = { status: 'string', retries: 'int', gift: 'bool' } as const;
  const orders = new Counter('orders', { registry, fields });
  orders.add(1, { status: 'ok', retries: 0, gift: false });
  orders.add(2, { status: 'ok', retries: 1, gift: true });
  orders.add(3, { status: 'error', retries: 1, gift: true });
  return orders;
}

const values = (orders: ReturnType<typeof ordersOf>): number[] =>
  orders.cells().map(({ value }) => value);

describe('cells()', () => {
  it('lists the field values and the value of each cell', () => {
    expect(ordersOf().cells()).toEqual([
      { fields: { status: 'ok', retries: 0, gift: false }, value: 1 },
      { fields: { status: 'ok', retries: 1, gift: true }, value: 2 },
      { fields: { status: 'error', retries: 1, gift: true }, value: 3 },
    ]);
    const version = new StringGauge('version', { registry: new Registry() });
    expect(version.cells()).toEqual([]);
    version.set('v1');
    expect(version.cells()).toEqual([{ fields: {}, value: 'v1' }]);
  });

  it('R2 lists no cell that was only read or bound, nor one that was recorded into while disabled', () => {
    const registry = new Registry();
    const gauge = new IntGauge('g', { registry, fields: { n: 'int' } });
    gauge.get({ n: 1 });
    gauge.cell({ n: 2 });
    storeOf(registry).recording = false;
    gauge.set(1, { n: 3 });
    expect(gauge.cells()).toEqual([]);
  });

  it('returns copies: neither side sees what the other adds', () => {
    const times = new CumulativeDistribution('times', { registry: new Registry() });
    times.add(1);
    const [cell] = times.cells();
    cell!.value.add(2);
    times.add(3);
    times.add(4);
    expect([cell!.value.count, times.get()!.count]).toEqual([2, 3]);
  });
});

describe('deleteMatching()', () => {
  it.each([
    [{ status: 'ok' }, [3]],
    [{ retries: 1 }, [1]],
    [{ gift: true, status: 'ok' }, [1, 3]],
    [{ status: 'ok', retries: 0, gift: false }, [2, 3]],
    [{ status: 'gone' }, [1, 2, 3]],
    [{}, []],
  ])('of %o removes the cells that have these values', (part, left) => {
    const orders = ordersOf();
    orders.deleteMatching(part);
    expect(values(orders)).toEqual(left);
  });

  it.each([
    [{ colour: 'red' }, TypeError],
    [{ status: undefined }, TypeError],
    [{ status: 'ok', retries: '1' }, TypeError],
    [{ retries: 0.5 }, RangeError],
    [undefined, TypeError],
    ['ok', TypeError],
  ])('of %o is an error, and removes nothing', (part, Wrong) => {
    const orders = ordersOf();
    expect(() => orders.deleteMatching(part as object)).toThrow(Wrong);
    expect(values(orders)).toEqual([1, 2, 3]);
  });

  it('finds cells with long texts, of which only the beginning is kept', () => {
    const pages = new IntGauge('pages', { registry: new Registry(), fields: { path: 'string' } });
    const path = 'x'.repeat(2000);
    pages.set(1, { path });
    pages.deleteMatching({ path });
    expect(pages.cells()).toEqual([]);
  });
});

describe('clear(), deleteMatching() and cells()', () => {
  it('use the current target, as get() and delete() do', () => {
    const orders = ordersOf();
    const fields = { status: 'ok', retries: 7, gift: true };
    withTarget(freezer, () => orders.add(9, fields));
    expect(values(orders)).toEqual([1, 2, 3]);
    expect(withTarget(freezer, () => values(orders))).toEqual([9]);
    orders.clear();
    expect(values(orders)).toEqual([]);
    expect(withTarget(freezer, () => values(orders))).toEqual([9]);
    withTarget(freezer, () => orders.deleteMatching({ status: 'ok' }));
    expect(withTarget(freezer, () => values(orders))).toEqual([]);
  });

  it('leave bound cells usable: they attach again', () => {
    const orders = ordersOf();
    const bound = orders.cell({ status: 'ok', retries: 0, gift: false });
    bound.add(1);
    orders.clear();
    expect(bound.get()).toBeUndefined();
    bound.add(5);
    orders.deleteMatching({ status: 'error' });
    bound.add(1);
    expect(values(orders)).toEqual([6]);
  });

  it('remove a cell during a flush: it is not sent, and the next one starts a new stream', () => {
    const registry = new Registry();
    const orders = ordersOf(registry);
    const store = storeOf(registry);
    const captured = store.capture(registry.instanceMetrics(), own);
    orders.deleteMatching({ status: 'ok' });
    orders.add(1, { status: 'ok', retries: 0, gift: false });
    expect(captured.slice(0, captured.length).map(({ value }) => value)).toEqual([3]);
    const [first] = store.snapshot(registry.instanceMetrics(), own);
    orders.clear();
    expect(first!.isPresent).toBe(false);
  });
});
