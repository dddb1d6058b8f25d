import { Counter } from '../../../lib/metrics/counter.js';
import { OpenTelemetryMetrics } from '../otel-metrics.js';
import { promLabels, PromMetrics } from '../prom-metrics.js';
import { FIELDS, labelsOf, type Labels } from '../workload.js';
import { DRAW_MASK, type DrawnCells } from './drawn-cells.js';
import type { Recorder } from './recorder.js';
import { roomyRegistry } from '../roomy-registry.js';

type RequestCounter = Counter<typeof FIELDS>;

/** Each loop is written out: with one that they share, each would make the others slower. */
export function oursOf(labels: readonly Labels[]): Recorder {
  const counter = newCounter(labels);
  return {
    cells: labels.length,
    record: times => {
      for (let i = 0, next = 0; i < times; i++) {
        counter.add(1, labels[next]!);
        next = next + 1 === labels.length ? 0 : next + 1;
      }
    },
    recorded: () => sumOf(counter, labels),
  };
}

export function promOf(all: readonly Labels[]): Recorder {
  const metrics = new PromMetrics();
  const counter = metrics.counter('bench_requests');
  const labels = all.map(promLabels);
  return {
    cells: labels.length,
    record: times => {
      for (let i = 0, next = 0; i < times; i++) {
        counter.inc(labels[next]!, 1);
        next = next + 1 === labels.length ? 0 : next + 1;
      }
    },
    recorded: () => metrics.recorded(),
  };
}

export function openTelemetryOf(labels: readonly Labels[]): Recorder {
  const metrics = new OpenTelemetryMetrics(labels.length);
  const counter = metrics.counter('bench_requests');
  return {
    cells: labels.length,
    record: times => {
      for (let i = 0, next = 0; i < times; i++) {
        counter.add(1, labels[next]!);
        next = next + 1 === labels.length ? 0 : next + 1;
      }
    },
    recorded: () => metrics.recorded(),
  };
}

/** As applications do that prepare nothing: an object for every recording. */
export function oursWithFreshObjects(labels: readonly Labels[]): Recorder {
  const counter = newCounter(labels);
  return {
    cells: labels.length,
    record: times => {
      for (let i = 0, next = 0; i < times; i++) {
        const { status, route, is_robot } = labels[next]!;
        counter.add(1, { status, route, is_robot });
        next = next + 1 === labels.length ? 0 : next + 1;
      }
    },
    recorded: () => sumOf(counter, labels),
  };
}

export function promWithFreshObjects(labels: readonly Labels[]): Recorder {
  const metrics = new PromMetrics();
  const counter = metrics.counter('bench_requests');
  return {
    cells: labels.length,
    record: times => {
      for (let i = 0, next = 0; i < times; i++) {
        const { status, route, is_robot } = labels[next]!;
        counter.inc(promLabels({ status, route, is_robot }), 1);
        next = next + 1 === labels.length ? 0 : next + 1;
      }
    },
    recorded: () => metrics.recorded(),
  };
}

/** As applications record: cells in the order of their requests, and an object for every recording. */
export function oursAtRandom({ cells, order }: DrawnCells): Recorder {
  const labels = Array.from({ length: cells }, (_, i) => labelsOf(i));
  const counter = newCounter(labels);
  return {
    cells,
    record: times => {
      for (let i = 0; i < times; i++) {
        counter.add(1, labelsOf(order[i & DRAW_MASK]!));
      }
    },
    recorded: () => sumOf(counter, labels),
  };
}

export function promAtRandom({ cells, order }: DrawnCells): Recorder {
  const metrics = new PromMetrics();
  const counter = metrics.counter('bench_requests');
  return {
    cells,
    record: times => {
      for (let i = 0; i < times; i++) {
        counter.inc(promLabels(labelsOf(order[i & DRAW_MASK]!)), 1);
      }
    },
    recorded: () => metrics.recorded(),
  };
}

export function openTelemetryAtRandom({ cells, order }: DrawnCells): Recorder {
  const metrics = new OpenTelemetryMetrics(cells);
  const counter = metrics.counter('bench_requests');
  return {
    cells,
    record: times => {
      for (let i = 0; i < times; i++) {
        counter.add(1, labelsOf(order[i & DRAW_MASK]!));
      }
    },
    recorded: () => metrics.recorded(),
  };
}

export function boundCellOf(labels: Labels): Recorder {
  const counter = newCounter([labels]);
  const cell = counter.cell(labels);
  return {
    cells: 1,
    record: times => {
      for (let i = 0; i < times; i++) {
        cell.add(1);
      }
    },
    recorded: () => sumOf(counter, [labels]),
  };
}

function newCounter(labels: readonly Labels[]): RequestCounter {
  return new Counter('bench/requests', { fields: FIELDS, registry: roomyRegistry(labels.length) });
}

function sumOf(counter: RequestCounter, labels: readonly Labels[]): number {
  return labels.reduce((sum, one) => sum + (counter.get(one) ?? 0), 0);
}
