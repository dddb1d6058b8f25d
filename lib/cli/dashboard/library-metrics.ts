import { HttpMetrics } from '../../http/server/http-metrics.js';
import { Registry } from '../../metrics/registry.js';
import { AssignmentCounters } from '../../self/assignment-counters.js';
import { flushMetricsRecorder } from '../../self/flush-metrics.js';
import {
  droppedCellsReporter,
  misusedReporter,
  presenceReporter,
  unknownSendsReporter,
} from '../../self/reporters.js';
import { RuntimeStatistics } from '../../self/runtime-statistics.js';
import { shownMetric, type ShownMetric } from './shown-metric.js';

/** Finds a metric that the library records by itself. */
export type LibraryMetrics = (name: string) => ShownMetric;

const DECLARATIONS: readonly ((registry: Registry) => unknown)[] = [
  registry => new HttpMetrics(registry),
  registry => new RuntimeStatistics(registry),
  registry => new AssignmentCounters(registry),
  flushMetricsRecorder,
  presenceReporter,
  droppedCellsReporter,
  misusedReporter,
  unknownSendsReporter,
];

/** Reads the metrics from the code that declares them, so that no name, unit or field is written twice. */
export function libraryMetrics(): LibraryMetrics {
  const registry = new Registry();
  for (const declare of DECLARATIONS) {
    declare(registry);
  }
  const byName = new Map(
    registry.instanceMetrics().map(metric => [metric.name, shownMetric(metric)]),
  );
  return name => {
    const metric = byName.get(name);
    if (!metric) {
      throw new Error(`The library does not declare a metric "${name}".`);
    }
    return metric;
  };
}
