/**
 * Makes the error for a value that is not a number, or a number out of range. Call it only after a check has failed:
 * building `subject` costs time.
 *
 * @param subject begins the message: `A value of metric "shop/orders"`.
 * @param range the numbers that are allowed: `a safe integer`.
 */
export function wrongNumber(
  subject: string,
  range: string,
  value: unknown,
): TypeError | RangeError {
  return typeof value === 'number'
    ? new RangeError(`${subject} must be ${range}, got ${value}.`)
    : new TypeError(`${subject} must be a number, got ${typeof value}.`);
}
