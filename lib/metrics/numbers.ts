/** @throws TypeError when `value` is not a number, RangeError when it is NaN or infinite. */
export function checkFinite(what: string, value: number): void {
  if (typeof value !== 'number') {
    throw new TypeError(`${what} must be a number, not ${typeof value}.`);
  }
  if (!Number.isFinite(value)) {
    throw new RangeError(`${what} must be finite, not ${value}.`);
  }
}

/** @throws TypeError when `value` is not a number, RangeError when it is not a safe integer. */
export function checkSafeInteger(what: string, value: number): void {
  if (typeof value !== 'number') {
    throw new TypeError(`${what} must be a number, not ${typeof value}.`);
  }
  if (!Number.isSafeInteger(value)) {
    throw new RangeError(`${what} must be a safe integer, not ${value}.`);
  }
}
