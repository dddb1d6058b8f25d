import { describe, expect, it } from 'vitest';
import { Counter, Registry, StringGauge, Task } from '../../lib/entry/index.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { sendToEveryMonitor } from '../security/every-monitor.js';
import { heapMegabytes } from '../support/heap.js';

const LONGEST = 1024;
const HUGE = 3_000_000;
const instance = new Task({ serviceName: 'shop', jobName: 'web' });

describe('R3 a text that is very long', () => {
  it('is cut, and shares a cell with all texts of the same beginning', () => {
    const registry = new Registry();
    const hits = new Counter('hits', { fields: { agent: 'string', n: 'int' }, registry });
    const begin = 'é'.repeat(LONGEST);
    const bound = hits.cell({ agent: `${begin}a`, n: 1 });
    hits.add(1, { agent: `${begin}b`, n: 1 });
    hits.add(1, { agent: begin + 'c'.repeat(HUGE), n: 1 });
    hits.add(1, { agent: begin, n: 1 });
    bound.add(1);
    expect(hits.get({ agent: `${begin}d`, n: 1 })).toBe(4);
    expect(hits.get({ agent: `${begin}d`, n: 2 })).toBeUndefined();
    expect(hits.get({ agent: begin.slice(1), n: 1 })).toBeUndefined();
    const cells = storeOf(registry).snapshot([hits], instance);
    expect(cells.map(({ fieldValues }) => fieldValues)).toEqual([[begin, 1]]);
    hits.delete({ agent: `${begin}e`, n: 1 });
    expect(hits.get({ agent: begin, n: 1 })).toBeUndefined();
  });

  it('with one field too many makes no cell, and is recorded into an existing one', () => {
    const registry = new Registry();
    const hits = new Counter('hits', { fields: { agent: 'string' }, registry });
    const extra = { agent: 'x'.repeat(HUGE), more: 1 };
    expect(() => hits.add(1, extra)).toThrow(TypeError);
    hits.add(1, { agent: extra.agent });
    hits.add(1, extra);
    expect(hits.get({ agent: extra.agent })).toBe(2);
  });

  it('is cut as the value of a StringGauge', () => {
    const registry = new Registry();
    const version = new StringGauge('version', { registry });
    version.set('v'.repeat(HUGE));
    expect(version.get()).toBe('v'.repeat(LONGEST));
    version.cell().set(`w${'v'.repeat(HUGE)}`);
    expect(version.get()).toBe(`w${'v'.repeat(LONGEST - 1)}`);
  });

  it('keeps half of a surrogate pair at the cut', () => {
    const registry = new Registry();
    const hits = new Counter('hits', { fields: { agent: 'string' }, registry });
    const agent = `${'x'.repeat(LONGEST - 1)}😀`;
    hits.add(1, { agent });
    expect(hits.get({ agent: agent.slice(0, LONGEST) })).toBe(1);
  });

  it('does not stay in memory', async () => {
    const registry = new Registry();
    const hits = new Counter('hits', { fields: { agent: 'string' }, registry });
    const name = new StringGauge('name', { fields: { n: 'int' }, registry });
    const before = await heapMegabytes();
    for (let n = 0; n < 100; n++) {
      hits.add(1, { agent: `${n} ${'x'.repeat(HUGE)}`.replace('x', 'y') });
      name.set(`${n} ${'x'.repeat(HUGE)}`.replace('x', 'y'), { n });
    }
    expect((await heapMegabytes()) - before).toBeLessThan(20);
  }, 60_000);

  it('does not keep monitors from taking the cells beside it', async () => {
    const registry = new Registry();
    const hits = new Counter('hits', { fields: { agent: 'string' }, registry });
    const name = new StringGauge('name', { fields: { n: 'int' }, registry });
    for (let n = 0; n < 400; n++) {
      hits.add(1, { agent: `${n} ${'é'.repeat(n === 0 ? HUGE : 2000)}` });
    }
    name.set('x'.repeat(HUGE), { n: 1 });
    const cells = storeOf(registry).snapshot(registry.instanceMetrics(), instance);
    const outcomes = await sendToEveryMonitor(cells, storeOf(registry).timestamp());
    for (const [monitor, { rejected }] of Object.entries(outcomes)) {
      expect([monitor, rejected]).toEqual([monitor, []]);
    }
  });
});
