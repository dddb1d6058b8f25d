import { Counter } from '../metrics/counter.js';
import type { Registry } from '../metrics/registry.js';
import { storeOf } from '../store/in-memory-store.js';

/** Declares `tsmon/dropped_cells`, and returns a function that updates it. */
export function droppedCellsReporter(registry: Registry): () => void {
  const droppedCells = new Counter('tsmon/dropped_cells', {
    description:
      'Recordings lost because the metric had as many cells as limits.cellsPerMetric allows.',
    fields: { metric: 'string' },
    registry,
  });
  return () => {
    for (const [metric, count] of storeOf(registry).dropped()) {
      droppedCells.set(count, { metric });
    }
  };
}
