import { FlushPipeline } from '../../lib/flush/flush-pipeline.js';
import { HeldTaskNumber } from '../../lib/flush/held-task-number.js';
import { Sender } from '../../lib/flush/sender.js';
import { Registry } from '../../lib/metrics/registry.js';
import type { MetricSource, SourceMetric, SourcePoint } from '../../lib/sources/metric-source.js';
import { SourceReader } from '../../lib/sources/source-reader.js';
import type { Cell } from '../../lib/store/cell.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { INTERVAL_SEC, QUIET_SEC, Receiver } from '../flush/quiet-cells.js';
import { ChangingAllocator, task, TIMEOUT_MS } from '../flush/unknown-send-setup.js';

/** A source whose metrics a test sets. */
export class FakeSource implements MetricSource {
  metrics: readonly SourceMetric[] = [];
  reads = 0;

  constructor(readonly name = 'fake') {}

  async read(_signal?: AbortSignal): Promise<readonly SourceMetric[]> {
    this.reads += 1;
    return this.metrics;
  }
}

export function metric(
  name: string,
  kind: SourceMetric['kind'],
  points: SourcePoint['value'] | readonly SourcePoint[],
  rest: Partial<SourceMetric> = {},
): SourceMetric {
  const list = Array.isArray(points) ? (points as readonly SourcePoint[]) : undefined;
  return {
    name,
    kind,
    description: '',
    unit: '',
    isInteger: false,
    points: list ?? [{ attributes: {}, value: points as SourcePoint['value'] }],
    ...rest,
  };
}

/** Flushes sources to a receiver that keeps the streams. */
export function setUp(sources: readonly MetricSource[]) {
  const clock = new ManualClock();
  const registry = new Registry();
  const store = storeOf(registry);
  store.useClock(clock);
  const allocator = new ChangingAllocator();
  const identity = { task, instanceId: 'i', heartbeatSec: 300 };
  const taskNumber = new HeldTaskNumber(allocator, identity, clock, () => store.startStreams());
  const receiver = new Receiver();
  const last: { cells: readonly Cell[] } = { cells: [] };
  const send = receiver.send.bind(receiver);
  receiver.send = (cells, endTime) => {
    last.cells = cells;
    return send(cells, endTime);
  };
  const sender = new Sender(receiver, { workers: 1 }, store.sends);
  const settings = { intervalSec: INTERVAL_SEC, quietSec: QUIET_SEC };
  const reader = new SourceReader(sources, store, clock);
  const pipeline = new FlushPipeline(registry, taskNumber, sender, settings, clock, reader);
  const flush = async () => {
    clock.advance(INTERVAL_SEC * 1000);
    last.cells = [];
    await pipeline.sendAll(TIMEOUT_MS);
    return last.cells;
  };
  /** Changes the number with the next flush, so that new streams begin. */
  const changeNumber = () => {
    allocator.taskNum += 1;
    clock.advance(identity.heartbeatSec * 1000);
  };
  return { clock, registry, store, receiver, reader, pipeline, flush, changeNumber };
}

/** What a cell sends, in a form that tests compare. */
export function sent(cells: readonly Cell[]): unknown[] {
  return cells.map(({ metric: { name, kind, fields }, fieldValues, value }) => [
    kind.name,
    name,
    Object.fromEntries(fields.names.map((field, i) => [field, fieldValues[i]])),
    typeof value === 'object' ? { counts: value.bucketCounts, sum: value.sum } : value,
  ]);
}
