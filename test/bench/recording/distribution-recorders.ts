import { CumulativeDistribution } from '../../../lib/metrics/distribution-metric.js';
import { OpenTelemetryMetrics } from '../otel-metrics.js';
import { promLabels, PromMetrics } from '../prom-metrics.js';
import { FIELDS, sampleOf, type Labels } from '../workload.js';
import type { Recorder } from './recorder.js';
import { roomyRegistry } from '../roomy-registry.js';

const SAMPLES = Float64Array.from({ length: 1024 }, (_, i) => sampleOf(0, i));
const sampleAt = (i: number): number => SAMPLES[i & 1023]!;

/** Each loop is written out: with one that they share, each would make the others slower. */
export function oursOf(labels: readonly Labels[]): Recorder {
  const registry = roomyRegistry(labels.length);
  const distribution = new CumulativeDistribution('bench/durations', { fields: FIELDS, registry });
  return {
    cells: labels.length,
    record: times => {
      for (let i = 0, next = 0; i < times; i++) {
        distribution.add(sampleAt(i), labels[next]!);
        next = next + 1 === labels.length ? 0 : next + 1;
      }
    },
    recorded: () => labels.reduce((sum, one) => sum + (distribution.get(one)?.count ?? 0), 0),
  };
}

export function promOf(all: readonly Labels[]): Recorder {
  const metrics = new PromMetrics();
  const histogram = metrics.histogram('bench_durations');
  const labels = all.map(promLabels);
  return {
    cells: labels.length,
    record: times => {
      for (let i = 0, next = 0; i < times; i++) {
        histogram.observe(labels[next]!, sampleAt(i));
        next = next + 1 === labels.length ? 0 : next + 1;
      }
    },
    recorded: () => metrics.recorded(),
  };
}

export function openTelemetryOf(labels: readonly Labels[]): Recorder {
  const metrics = new OpenTelemetryMetrics(labels.length);
  const histogram = metrics.histogram('bench_durations');
  return {
    cells: labels.length,
    record: times => {
      for (let i = 0, next = 0; i < times; i++) {
        histogram.record(sampleAt(i), labels[next]!);
        next = next + 1 === labels.length ? 0 : next + 1;
      }
    },
    recorded: () => metrics.recorded(),
  };
}
