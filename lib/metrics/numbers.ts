/**
 * The error for a number that is none, or not one of those wanted. Make it only once the check has failed:
 * what names the value is put together each time.
 */
export function wrongNumber(what: string, wanted: string, value: unknown): TypeError | RangeError {
  return typeof value === 'number'
    ? new RangeError(`${what} must be ${wanted}, got ${value}.`)
    : new TypeError(`${what} must be a number, got ${typeof value}.`);
}
