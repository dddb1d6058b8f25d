import '../../lib/store/in-memory-store.js';

/** Values that a caller without TypeScript may give in place of a number. */
export const NO_NUMBERS = ['1', true, null, undefined, 1n, {}, [1]];
