/** The lifetime of a claim without a heartbeat: in all rows of luci-go, and by default in ours. */
export const DEFAULT_EXPIRATION_SEC = 1800;

/** With a longer expiry, dead instances would keep their numbers for months. */
export const MAX_EXPIRATION_SEC = 30 * 24 * 3600;

/** Checks the option `expirationSec` of an allocator, and fills in its default. */
export function checkedExpirationSec(value: number = DEFAULT_EXPIRATION_SEC): number {
  if (!isExpirationSec(value)) {
    throw new RangeError(
      `Option expirationSec must be a whole number of seconds from 1 to ${MAX_EXPIRATION_SEC} (30 days), ` +
        `got ${String(value)}. Leave it out to use ${DEFAULT_EXPIRATION_SEC}.`,
    );
  }
  return value;
}

/** Whether a value can be the expiry of a claim. */
export function isExpirationSec(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX_EXPIRATION_SEC;
}
