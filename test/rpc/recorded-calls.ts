import type { Registry } from '../../lib/entry/index.js';
import { isDistribution } from '../../lib/metrics/distribution.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { Task } from '../../lib/targets/task.js';

const ANYBODY = new Task({ serviceName: 'any', jobName: 'any' });

/** The calls in a registry, such as `tcp order ok 2`, in order. Each of them has a duration too. */
export function recordedCalls(registry: Registry): string[] {
  const cells = storeOf(registry).snapshot(registry.instanceMetrics(), ANYBODY);
  const textsOf = (name: string): string[] =>
    cells
      .filter(({ metric }) => metric.name === `rpc/${name}`)
      .map(({ fieldValues, value }) =>
        [...fieldValues, isDistribution(value) ? value.count : value].join(' '),
      )
      .sort();
  const counts = textsOf('server_count');
  const durations = textsOf('server_durations');
  if (counts.join() !== durations.join()) {
    throw new Error(`counted ${counts.join()}, but timed ${durations.join()}`);
  }
  return counts;
}
