/** So much makes V8 collect young garbage several times, and is more than the caches of most processors hold. */
const BYTES = 64 * 1024 * 1024;
const BYTES_PER_ELEMENT = 8;
const pattern = Array.from({ length: 1024 }, (_, i) => i);

/** Kept, so that nothing of it is optimized away. */
export let latest = pattern;

/**
 * What an application does between two flushes: it makes much that is soon garbage. What was recorded meanwhile has
 * then outlived the collections that it takes part in, and the caches of the processor hold other things.
 */
export function doOtherWork(): void {
  for (let made = 0; made < BYTES; made += BYTES_PER_ELEMENT * pattern.length) {
    latest = pattern.slice();
  }
}
