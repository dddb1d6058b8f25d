/** Says that there is no such cell. */
export const NO_ROW = -1;

/** Of a hash of 32 bits the upper ones are used: they depend on all. */
export const HASH_BITS = 32;

/** Those of xxHash. With factors that depend on each other, such as powers, cells crowd together. */
const PRIMES = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1];

/** The factor of one part of a cell's identity. The sum of the products is the hash. */
export function multiplierOf(part: number): number {
  const prime = PRIMES[part % PRIMES.length]!;
  const lap = Math.floor(part / PRIMES.length);
  return Math.imul(prime, 2 * lap + 1);
}
