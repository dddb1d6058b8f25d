import { setImmediate, setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Counter } from '../../lib/metrics/counter.js';
import { Registry } from '../../lib/metrics/registry.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { Device } from '../../lib/targets/device.js';
import type { Target } from '../../lib/targets/target.js';
import { Task } from '../../lib/targets/task.js';
import { currentTarget, withTarget } from '../../lib/targets/with-target.js';

const own = new Task({ serviceName: 's', jobName: 'j' });
const printer = new Device({ hostname: 'printer' });
const scanner = new Device({ hostname: 'scanner' });

describe('withTarget', () => {
  it('returns what the function returns, and lets its error through', async () => {
    expect(withTarget(printer, () => 42)).toBe(42);
    await expect(withTarget(printer, async () => 43)).resolves.toBe(43);
    expect(() =>
      withTarget(printer, () => {
        throw new Error('own');
      }),
    ).toThrow('own');
    expect(currentTarget()).toBeUndefined();
  });

  it('holds within, and not outside', () => {
    const counter = new Counter('m', { registry: new Registry() });
    counter.add(1);
    withTarget(printer, () => {
      expect(counter.get()).toBeUndefined();
      counter.add(10);
      expect(counter.get()).toBe(10);
    });
    expect(counter.get()).toBe(1);
  });

  it('may be nested: the innermost counts', () => {
    withTarget(printer, () => {
      withTarget(scanner, () => expect(currentTarget()).toBe(scanner));
      expect(currentTarget()).toBe(printer);
    });
  });

  it('holds across awaits, timers and events, apart from others that run meanwhile', async () => {
    const counter = new Counter('m', { registry: new Registry() });
    const work = (target: Target, amount: number): Promise<void> =>
      withTarget(target, async () => {
        counter.add(amount);
        await setImmediate();
        counter.add(amount);
        await setTimeout(1);
        await Promise.all([1, 2].map(async () => counter.add(amount)));
        expect(currentTarget()).toBe(target);
      });
    await Promise.all([work(printer, 1), work(scanner, 100)]);
    expect(counter.get()).toBeUndefined();
    expect(withTarget(printer, () => counter.get())).toBe(4);
    expect(withTarget(scanner, () => counter.get())).toBe(400);
  });

  it('targets with equal parts share their cells', () => {
    const registry = new Registry();
    const counter = new Counter('m', { registry });
    withTarget(new Device({ hostname: 'printer' }), () => counter.add(1));
    withTarget(new Device({ hostname: 'printer' }), () => counter.add(1));
    expect(storeOf(registry).snapshot([counter], own)).toHaveLength(1);
    expect(withTarget(printer, () => counter.get())).toBe(2);
  });

  it('takes targets of a shape of its own', () => {
    const registry = new Registry();
    const counter = new Counter('m', { registry });
    const builder: Target = { type: 'builder', key: 'b1', labels: () => ({ bucket: 'ci' }) };
    withTarget(builder, () => counter.add(1));
    expect(storeOf(registry).snapshot([counter], own)[0]!.target).toBe(builder);
  });

  it('delete() removes the cell of that target only', () => {
    const counter = new Counter('m', { registry: new Registry() });
    counter.add(1);
    withTarget(printer, () => counter.add(2));
    withTarget(printer, () => counter.delete());
    expect(counter.get()).toBe(1);
    expect(withTarget(printer, () => counter.get())).toBeUndefined();
  });
});

describe('AsyncLocalStorage', () => {
  const holder = globalThis as unknown as Record<symbol, unknown>;
  const KEY = Symbol.for('nestjs-tsmon');
  const stateOfProcess = holder[KEY];
  // As in a fresh process: all copies of the package share one storage.
  beforeEach(() => {
    holder[KEY] = undefined;
  });
  afterEach(() => {
    holder[KEY] = stateOfProcess;
    vi.doUnmock('node:async_hooks');
    vi.resetModules();
  });

  it('is created and consulted only after the first withTarget()', async () => {
    let made = 0;
    let consulted = 0;
    vi.resetModules();
    vi.doMock(import('node:async_hooks'), async importOriginal => {
      const original = await importOriginal();
      class Counted<T> extends original.AsyncLocalStorage<T> {
        constructor() {
          super();
          made += 1;
        }

        override getStore(): T | undefined {
          consulted += 1;
          return super.getStore();
        }
      }
      return { ...original, AsyncLocalStorage: Counted as typeof original.AsyncLocalStorage };
    });
    const fresh = await import('../../lib/metrics/counter.js');
    const targets = await import('../../lib/targets/with-target.js');
    const registry = new (await import('../../lib/metrics/registry.js')).Registry();
    const counter = new fresh.Counter('m', { registry });
    counter.add(1);
    counter.cell().add(1);
    expect(counter.get()).toBe(2);
    expect([made, consulted]).toEqual([0, 0]);
    targets.withTarget(printer, () => counter.add(1));
    targets.withTarget(printer, () => counter.add(1));
    expect(made).toBe(1);
    expect(consulted).toBeGreaterThan(0);
  });
});
