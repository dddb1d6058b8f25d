import { Counter } from '../metrics/counter.js';
import { BoolGauge } from '../metrics/gauge.js';
import type { Registry } from '../metrics/registry.js';
import { storeOf } from '../store/in-memory-store.js';

/** Declares `presence/up`, and returns a function that sets it. Call that function before each flush. */
export function presenceReporter(registry: Registry): () => void {
  const up = new BoolGauge('presence/up', {
    description: 'True while the instance reports; missing otherwise.',
    registry,
  });
  return () => up.set(true);
}

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

/** Declares `tsmon/misused`, and returns a function that updates it. */
export function misusedReporter(registry: Registry): () => void {
  const misused = new Counter('tsmon/misused', {
    description: 'Calls of a metric that were ignored, since their values or fields were wrong.',
    fields: { metric: 'string' },
    registry,
  });
  return () => {
    for (const [metric, count] of storeOf(registry).mistakes.counts()) {
      misused.set(count, { metric });
    }
  };
}

/** Declares `tsmon/unknown_sends`, and returns a function that updates it. */
export function unknownSendsReporter(registry: Registry): () => void {
  const unknownSends = new Counter('tsmon/unknown_sends', {
    description:
      'Sends of unknown outcome that were carried over to new streams: their increments may have arrived twice.',
    registry,
  });
  return () => {
    const count = storeOf(registry).unknownSends;
    if (count > 0) {
      unknownSends.set(count);
    }
  };
}
