import type { BenchTable } from './bench-table.js';

type Load = () => Promise<{ readonly table: BenchTable }>;

/** All tables by name, in the order of the report. A process loads only the one that it measures. */
export const TABLES: ReadonlyMap<string, Load> = new Map<string, Load>([
  ['counter', () => import('./recording/counter.bench.js')],
  ['bound-cell', () => import('./recording/bound-cell.bench.js')],
  ['distribution', () => import('./recording/distribution.bench.js')],
  ['disabled', () => import('./recording/disabled.bench.js')],
  ['memory', () => import('./memory/memory.bench.js')],
  ['flush', () => import('./flush/flush.bench.js')],
  ['linear', () => import('./flush/linear.bench.js')],
  ['quiet', () => import('./flush/quiet.bench.js')],
  ['monitors', () => import('./flush/monitors.bench.js')],
  ['sources', () => import('./sources/sources.bench.js')],
  ['blocks', () => import('./flush/blocks.bench.js')],
  ['requests', () => import('./requests/requests.bench.js')],
  ['start-up', () => import('./startup/start-up.bench.js')],
  ['listening', () => import('./startup/listening.bench.js')],
  ['day', () => import('./day/day.bench.js')],
  ['levers', () => import('./day/levers.bench.js')],
  ['datastore-cost', () => import('./task-numbers/datastore-cost.bench.js')],
  ['housekeeping-scale', () => import('./task-numbers/housekeeping-scale.bench.js')],
  ['churn', () => import('./task-numbers/churn.bench.js')],
  ['self-assignment', () => import('./task-numbers/self-assignment.bench.js')],
]);
