import { expect, it } from 'vitest';
import { presenceReporter } from '../../lib/self/reporters.js';
import { Registry } from '../../lib/metrics/registry.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { Task } from '../../lib/targets/task.js';

const target = new Task({ serviceName: 's', jobName: 'j' });

it('presence/up is true once it was reported, and missing before', () => {
  const registry = new Registry();
  const store = storeOf(registry);
  const report = presenceReporter(registry);
  const cells = () =>
    store
      .snapshot(registry.instanceMetrics(), target)
      .map(cell => [cell.metric.name, cell.metric.kind.name, cell.value]);
  expect(cells()).toEqual([]);
  report();
  report();
  expect(cells()).toEqual([['presence/up', 'BoolGauge', true]]);
  store.reset();
  report();
  expect(cells()).toHaveLength(1);
});

it('a second start declares it again', () => {
  const registry = new Registry();
  presenceReporter(registry)();
  expect(() => presenceReporter(registry)()).not.toThrow();
});
