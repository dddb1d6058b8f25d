import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { bench, describe } from 'vitest';
import { Counter } from '../../lib/metrics/counter.js';
import { CumulativeDistribution } from '../../lib/metrics/distribution-metric.js';
import { Registry } from '../../lib/metrics/registry.js';
import { TimeSlice } from '../../lib/monitors/time-slice.js';
import { RequestEncoder } from '../../lib/monitors/prodx/request-encoder.js';
import type { Cell } from '../../lib/store/cell.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { Task } from '../../lib/targets/task.js';
import { ONCE, once, printRow } from './tables.js';

const CHUNK_SIZE = 500;
const CELLS_PER_METRIC = 5000;
const BUCKETS = 100;
const SAMPLES_PER_CELL = 20;
const ROUNDS = 15;
const WARM_UP_ROUNDS = 4;

const target = new Task({
  serviceName: 'my-shop',
  jobName: 'checkout',
  hostName: 'v1',
  taskNum: 3,
});

const fieldsOf = (i: number): { status: number; route: string; is_robot: boolean } => ({
  status: 200 + (i % 10),
  route: `/api/v1/things/:id/parts/${Math.floor(i / 20)}`,
  is_robot: i % 20 >= 10,
});

class ManualReader extends MetricReader {
  protected async onForceFlush(): Promise<void> {}
  protected async onShutdown(): Promise<void> {}
}

interface Subject {
  readonly flush: () => Promise<number>;
  /** Changes every cell, as an app does between two flushes. */
  readonly record: () => void;
}

type Kind = 'counters' | 'distributions';

function openTelemetry(kind: Kind, cells: number): Subject {
  const reader = new ManualReader({ cardinalitySelector: () => cells + 1 });
  const meter = new MeterProvider({ readers: [reader] }).getMeter('bench');
  const explicitBucketBoundaries = Array.from({ length: BUCKETS + 1 }, (_, i) => 10 ** (0.2 * i));
  const instruments = namesOf(cells).map(name =>
    kind === 'counters'
      ? meter.createCounter(name)
      : meter.createHistogram(name, { advice: { explicitBucketBoundaries } }),
  );
  const record = (): void =>
    forEachCell(cells, (metric, i) => {
      const instrument = instruments[metric]!;
      if ('add' in instrument) {
        instrument.add(1, fieldsOf(i));
      } else {
        samplesOf(i).forEach(sample => instrument.record(sample, fieldsOf(i)));
      }
    });
  const flush = async (): Promise<number> => {
    const { resourceMetrics } = await reader.collect();
    return ProtobufMetricsSerializer.serializeRequest(resourceMetrics)!.length;
  };
  return { flush, record };
}

function ours(kind: Kind, cells: number): Subject & { encode: () => Promise<number> } {
  const registry = new Registry();
  const fields = { status: 'int', route: 'string', is_robot: 'bool' } as const;
  const metrics = namesOf(cells).map(name =>
    kind === 'counters'
      ? new Counter(name, { registry, fields })
      : new CumulativeDistribution(name, { registry, fields }),
  );
  const record = (): void =>
    forEachCell(cells, (metric, i) => {
      const instrument = metrics[metric]!;
      if (instrument instanceof Counter) {
        instrument.add(1, fieldsOf(i));
      } else {
        samplesOf(i).forEach(sample => instrument.add(sample, fieldsOf(i)));
      }
    });
  const store = storeOf(registry);
  const encoder = new RequestEncoder('/chrome/infra/');
  const snapshot = (): Cell[] => store.snapshot(metrics, target).map(({ cell }) => cell);
  const encoded = async (all: readonly Cell[]): Promise<number> => {
    const slice = new TimeSlice();
    const endTime = store.timestamp();
    let bytes = 0;
    for (let i = 0; i < all.length; i += CHUNK_SIZE) {
      const { request } = await encoder.encode(all.slice(i, i + CHUNK_SIZE), endTime, slice);
      bytes += request!.length;
    }
    return bytes;
  };
  let latest: Cell[] = [];
  return {
    record: () => {
      record();
      latest = snapshot();
    },
    encode: () => encoded(latest),
    flush: () => encoded(snapshot()),
  };
}

function namesOf(cells: number): string[] {
  return Array.from({ length: Math.ceil(cells / CELLS_PER_METRIC) }, (_, i) => `bench/metric${i}`);
}

function forEachCell(cells: number, visit: (metric: number, i: number) => void): void {
  for (let i = 0; i < cells; i++) {
    visit(Math.floor(i / CELLS_PER_METRIC), i % CELLS_PER_METRIC);
  }
}

function samplesOf(i: number): number[] {
  return Array.from(
    { length: SAMPLES_PER_CELL },
    (_, sample) => 1 + ((i * 31 + sample * 97) % 900),
  );
}

interface Measured {
  readonly ms: number;
  readonly blockMs: number;
}

/** How long the work takes, and for how long at most nothing else got its turn. */
async function measured(work: () => Promise<unknown>): Promise<Measured> {
  let blockMs = 0;
  let lastMs = performance.now();
  let done = false;
  const turn = (): void => {
    const nowMs = performance.now();
    blockMs = Math.max(blockMs, nowMs - lastMs);
    lastMs = nowMs;
    if (!done) {
      setImmediate(turn);
    }
  };
  setImmediate(turn);
  const startMs = performance.now();
  await work();
  const ms = performance.now() - startMs;
  done = true;
  turn();
  return { ms, blockMs };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const shown = (value: number): string => value.toFixed(value < 10 ? 2 : 1);

async function compare(kind: Kind, cells: number): Promise<void> {
  const subjects = { otel: openTelemetry(kind, cells), ours: ours(kind, cells) };
  const work = {
    otel: subjects.otel.flush,
    encode: subjects.ours.encode,
    flush: subjects.ours.flush,
  };
  const rounds: Record<keyof typeof work, Measured>[] = [];
  for (let round = 0; round < ROUNDS + WARM_UP_ROUNDS; round++) {
    subjects.otel.record();
    subjects.ours.record();
    rounds.push({
      otel: await measured(work.otel),
      encode: await measured(work.encode),
      flush: await measured(work.flush),
    });
  }
  const counted = rounds.slice(WARM_UP_ROUNDS);
  const ms = (name: keyof typeof work): number => median(counted.map(round => round[name].ms));
  const block = (name: keyof typeof work): string =>
    shown(median(counted.map(round => round[name].blockMs)));
  printRow({
    cells: `${cells} ${kind}`,
    'OpenTelemetry collect + OTLP ms': shown(ms('otel')),
    'encode ms': shown(ms('encode')),
    'ratio encode': shown(median(counted.map(({ otel, encode }) => otel.ms / encode.ms))),
    'snapshot + encode ms': shown(ms('flush')),
    'ratio flush': shown(median(counted.map(({ otel, flush }) => otel.ms / flush.ms))),
    'longest block ms (OpenTelemetry, encode, flush)': `${block('otel')} ${block('encode')} ${block('flush')}`,
  });
}

describe('cells to ProdX bytes, against OpenTelemetry to OTLP bytes', () => {
  const table = once(async () => {
    for (const cells of [1000, 10_000, 100_000]) {
      await compare('counters', cells);
    }
    for (const cells of [1000, 10_000]) {
      await compare('distributions', cells);
    }
  });
  bench('table', table, ONCE);
});
