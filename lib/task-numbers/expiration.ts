/** How long a claim lives without a heartbeat where nothing else is said: in Go's rows, and by default in ours. */
export const DEFAULT_EXPIRATION_SEC = 1800;

/** Longer, a number would stay with the dead for months. */
export const MAX_EXPIRATION_SEC = 30 * 24 * 3600;

/** The option `expirationSec` of an allocator, checked. */
export function checkedExpirationSec(value: number = DEFAULT_EXPIRATION_SEC): number {
  if (!isExpirationSec(value)) {
    throw new RangeError(
      `expirationSec must be a whole number of seconds from 1 to ${MAX_EXPIRATION_SEC} (30 days), ` +
        `got ${String(value)}. Leave it out for ${DEFAULT_EXPIRATION_SEC}.`,
    );
  }
  return value;
}

/** Whether a number can be the expiry of a claim. */
export function isExpirationSec(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX_EXPIRATION_SEC;
}
