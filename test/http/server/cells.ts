import type { Registry } from '../../../lib/metrics/registry.js';
import { storeOf } from '../../../lib/store/in-memory-store.js';
import { Task } from '../../../lib/targets/task.js';

/** Every cell as `name field,field: value`, distributions by their count. */
export function cells(registry: Registry): string[] {
  const target = new Task({ serviceName: 's', jobName: 'j' });
  return storeOf(registry)
    .snapshot(registry.instanceMetrics(), target)
    .map(cell => {
      const value = typeof cell.value === 'object' ? cell.value.count : cell.value;
      return `${cell.metric.name} ${cell.fieldValues.join(',')}: ${String(value)}`;
    })
    .sort();
}

/** The counts of what is tracked as `m`. */
export const calls = (registry: Registry): string[] =>
  cells(registry).filter(cell => cell.startsWith('m/count'));
