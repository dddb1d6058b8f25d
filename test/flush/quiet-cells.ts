import { FanOut } from '../../lib/flush/fan-out.js';
import { FlushPipeline } from '../../lib/flush/flush-pipeline.js';
import { HeldTaskNumber } from '../../lib/flush/held-task-number.js';
import { SecondaryMonitor } from '../../lib/flush/secondary-monitor.js';
import { Sender } from '../../lib/flush/sender.js';
import { Counter } from '../../lib/metrics/counter.js';
import type { Distribution } from '../../lib/metrics/distribution.js';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { Registry } from '../../lib/metrics/registry.js';
import type { Monitor, SendResult } from '../../lib/monitors/monitor.js';
import type { Cell } from '../../lib/store/cell.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { ChangingAllocator, task, TIMEOUT_MS } from './unknown-send-setup.js';

export const ACCEPT = (): SendResult => ({ rejected: [] });
export const INTERVAL_SEC = 60;
export const QUIET_SEC = 240;

/** A backend that keeps the last point of each stream, as Cloud Monitoring does. */
export class Receiver implements Monitor {
  readonly chunkSize = 0;
  /** The names of the cells of each call, with their fields. */
  readonly calls: string[][] = [];
  /** How long after the point before a point came at most, in seconds. */
  longestGapSec = 0;
  answer: (cells: readonly Cell[]) => SendResult | Promise<SendResult> = ACCEPT;
  private readonly streams = new Map<string, { cell: string; count: number; endTime: number }>();

  constructor(readonly everyPoint = false) {}

  async send(cells: readonly Cell[], endTime: number): Promise<SendResult> {
    this.calls.push(cells.map(nameOf));
    const result = await this.answer(cells);
    const rejected = new Set(result.rejected.map(({ index }) => index));
    cells.forEach((cell, i) => rejected.has(i) || this.write(cell, endTime));
    return result;
  }

  write(cell: Cell, endTime: number): void {
    const key = `${nameOf(cell)} ${cell.target.key} ${cell.resetTime}`;
    const last = this.streams.get(key);
    if (last) {
      this.longestGapSec = Math.max(this.longestGapSec, (endTime - last.endTime) / 1e6);
    }
    const { value } = cell;
    const count = typeof value === 'object' ? value.count : Number(value);
    this.streams.set(key, { cell: nameOf(cell), count, endTime });
  }

  /** What arrived of a cell, in all of its streams. */
  total(name: string): number {
    return [...this.streams.values()]
      .filter(({ cell }) => cell === name)
      .reduce((sum, { count }) => sum + count, 0);
  }

  async close(): Promise<void> {}
}

function nameOf({ metric, fieldValues }: Cell): string {
  return [metric.name, ...fieldValues].join(' ');
}

export function setUp({ first = new Receiver(), others = [] as readonly Receiver[] } = {}) {
  const clock = new ManualClock();
  const registry = new Registry();
  const store = storeOf(registry);
  store.useClock(clock);
  const allocator = new ChangingAllocator();
  const identity = { task, instanceId: 'i', heartbeatSec: 300 };
  const taskNumber = new HeldTaskNumber(allocator, identity, clock, () => store.startStreams());
  const sender = new FanOut(
    new Sender(first, { workers: 1 }, store.sends),
    others.map(other => new SecondaryMonitor(other, { workers: 1 }, clock)),
  );
  const settings = { intervalSec: INTERVAL_SEC, quietSec: QUIET_SEC };
  const pipeline = new FlushPipeline(registry, taskNumber, sender, settings, clock);
  const latency = new CumulativeDistribution('latency', { registry, fields: { route: 'string' } });
  const hits = new Counter('hits', { registry });
  const flush = (afterSec = INTERVAL_SEC) => {
    clock.advance(afterSec * 1000);
    return pipeline.sendDue(TIMEOUT_MS);
  };
  /** Changes the number, so that new streams begin. */
  const changeNumber = () => {
    allocator.taskNum += 1;
    clock.advance(identity.heartbeatSec * 1000);
    return pipeline.sendAll(TIMEOUT_MS);
  };
  return { clock, registry, store, first, settings, latency, hits, flush, changeNumber };
}

export function countOf(distribution: Distribution | undefined): number {
  return distribution?.count ?? 0;
}
