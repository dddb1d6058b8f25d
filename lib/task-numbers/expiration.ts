import { integer } from '../validation/schema.js';

/** The lifetime of a claim without a heartbeat: in all rows of luci-go, and by default in ours. */
export const DEFAULT_EXPIRATION_SEC = 1800;

/** 30 days. With a longer expiry, dead instances would keep their numbers for months. */
export const MAX_EXPIRATION_SEC = 30 * 24 * 3600;

/** The option `expirationSec`. */
export const expirationSec = integer({
  min: 1,
  max: MAX_EXPIRATION_SEC,
  reason: 'which is 30 days',
  default: DEFAULT_EXPIRATION_SEC,
});

/** Whether a value can be the expiry of a claim. */
export function isExpirationSec(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX_EXPIRATION_SEC;
}
