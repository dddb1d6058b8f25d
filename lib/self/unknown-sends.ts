import { Counter } from '../metrics/counter.js';
import type { Registry } from '../metrics/registry.js';
import { storeOf } from '../store/in-memory-store.js';

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
