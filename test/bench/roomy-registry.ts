import { Registry } from '../../lib/metrics/registry.js';
import { storeOf } from '../../lib/store/in-memory-store.js';

/** A registry of metrics that may have so many cells. */
export function roomyRegistry(cellsPerMetric: number): Registry {
  const registry = new Registry();
  storeOf(registry).cellsPerMetric = cellsPerMetric;
  return registry;
}
