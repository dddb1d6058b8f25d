/** So much makes V8 collect young garbage three times, and is more than the caches of most processors hold. */
const BYTES = 64 * 1024 * 1024;
const OBJECT_BYTES = 8 * 1024;
const BYTES_PER_ELEMENT = 8;

/**
 * What an application does between two flushes: it makes much that is soon garbage. What was recorded meanwhile has
 * then outlived the collections that it takes part in, and the caches of the processor hold other things.
 */
export function doOtherWork(): void {
  for (let made = 0; made < BYTES; made += OBJECT_BYTES) {
    latest = pattern.slice();
  }
}

const pattern = Array.from({ length: OBJECT_BYTES / BYTES_PER_ELEMENT }, (_, i) => i);

/** Kept, so that nothing of it is optimized away. */
export let latest: unknown[] = [];
