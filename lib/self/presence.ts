import { BoolGauge } from '../metrics/gauge.js';
import type { Registry } from '../metrics/registry.js';

/** Declares `presence/up`, and returns a function that sets it. Call that function before each flush. */
export function presenceReporter(registry: Registry): () => void {
  const up = new BoolGauge('presence/up', {
    description: 'True while the instance reports; missing otherwise.',
    registry,
  });
  return () => up.set(true);
}
