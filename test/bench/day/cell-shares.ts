import { Registry } from '../../../lib/metrics/registry.js';
import type { Cell } from '../../../lib/store/cell.js';
import { billableBytes } from '../../../lib/store/billable-bytes.js';
import { storeOf } from '../../../lib/store/in-memory-store.js';
import { Task } from '../../../lib/targets/task.js';
import { SeededRandom } from '../../support/seeded-random.js';
import { fillLibraryMetrics } from './library-metrics.js';
import { samplesOf } from './prices.js';
import type { ShopOptions } from './shop-instance.js';
import { ShopMetrics } from './shop-metrics.js';

/** So many that the rarest cells of the shop are recorded in about a hundred times. */
const REQUESTS = 200_000;
const task = new Task({ serviceName: 'shop', jobName: 'web' });

/** A cell of the service, and how often requests change it. */
export interface CellShare {
  readonly bytes: number;
  /** Samples of a point, in the mean of a long time. */
  readonly samples: number;
  /** Whether it is left out of flushes while it does not change. */
  readonly canBeQuiet: boolean;
  /** The part of all requests that record in it. Infinite for cells that exist from the start, and change all the time. */
  readonly share: number;
}

/** Finds the cells of an instance by serving many requests. */
export function cellShares(options: ShopOptions = {}): CellShare[] {
  const registry = new Registry();
  fillLibraryMetrics(registry, options);
  const fromStart = new Set(registry.instanceMetrics());
  const shop = new ShopMetrics(registry, options.http);
  shop.beforeFlush();
  const random = new SeededRandom(3);
  for (let i = 0; i < REQUESTS; i++) {
    shop.serve(random);
  }
  return storeOf(registry)
    .snapshot(registry.instanceMetrics(), task)
    .map(cell => shareOf(cell, fromStart.has(cell.metric)));
}

function shareOf(cell: Cell, isFromStart: boolean): CellShare {
  const { cumulative, valueType } = cell.metric.kind;
  return {
    bytes: billableBytes(cell.metric),
    samples: samplesOf(cell),
    canBeQuiet: cumulative && valueType === 'distribution',
    share:
      isFromStart || !cumulative ? Number.POSITIVE_INFINITY : timesRecorded(cell.value) / REQUESTS,
  };
}

/** Counters of the shop count by one. */
function timesRecorded(value: unknown): number {
  return typeof value === 'object' ? (value as { count: number }).count : Number(value);
}
