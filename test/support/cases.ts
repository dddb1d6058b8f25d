import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** The share of random cases that tests try, from 0 to 1. */
    shareOfCases: number;
  }
}

/** Returns how many random cases a test tries: all of them in `npm run proof`, and a tenth in `npm test`. */
export function cases(all: number): number {
  return Math.ceil(all * inject('shareOfCases'));
}
