import { CumulativeDistribution } from '../../../lib/metrics/cumulative-distribution.js';
import { OpenTelemetryMetrics } from '../otel-metrics.js';
import { promLabels, PromMetrics } from '../prom-metrics.js';
import { SeededRandom } from '../../support/seeded-random.js';
import { FIELDS, labelsOf, sampleOf, type Labels } from '../workload.js';
import { DRAW_MASK, type DrawnCells } from './drawn-cells.js';
import type { Recorder } from './recorder.js';
import { roomyRegistry } from '../roomy-registry.js';

const SAMPLES = Float64Array.from({ length: 1024 }, (_, i) => sampleOf(0, i));
const sampleAt = (i: number): number => SAMPLES[i & 1023]!;

const random = new SeededRandom(1);
/** Durations from 1 to 1000 ms, each order of magnitude equally often. */
const DRAWN_SAMPLES = Float64Array.from({ length: DRAW_MASK + 1 }, () => 10 ** (3 * random.next()));
const drawnSampleAt = (i: number): number => DRAWN_SAMPLES[i & DRAW_MASK]!;

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

/** As applications record: cells and samples in the order of their requests, and an object for every recording. */
export function oursAtRandom({ cells, order }: DrawnCells): Recorder {
  const registry = roomyRegistry(cells);
  const distribution = new CumulativeDistribution('bench/durations', { fields: FIELDS, registry });
  const labels = Array.from({ length: cells }, (_, i) => labelsOf(i));
  return {
    cells,
    record: times => {
      for (let i = 0; i < times; i++) {
        distribution.add(drawnSampleAt(i), labelsOf(order[i & DRAW_MASK]!));
      }
    },
    recorded: () => labels.reduce((sum, one) => sum + (distribution.get(one)?.count ?? 0), 0),
  };
}

export function promAtRandom({ cells, order }: DrawnCells): Recorder {
  const metrics = new PromMetrics();
  const histogram = metrics.histogram('bench_durations');
  return {
    cells,
    record: times => {
      for (let i = 0; i < times; i++) {
        histogram.observe(promLabels(labelsOf(order[i & DRAW_MASK]!)), drawnSampleAt(i));
      }
    },
    recorded: () => metrics.recorded(),
  };
}

export function openTelemetryAtRandom({ cells, order }: DrawnCells): Recorder {
  const metrics = new OpenTelemetryMetrics(cells);
  const histogram = metrics.histogram('bench_durations');
  return {
    cells,
    record: times => {
      for (let i = 0; i < times; i++) {
        histogram.record(drawnSampleAt(i), labelsOf(order[i & DRAW_MASK]!));
      }
    },
    recorded: () => metrics.recorded(),
  };
}
