/**
 * Calls a function, and `then` when it has returned or thrown. If it returns a promise, `then` is called when the promise
 * settles.
 *
 * @returns what the function returns; for a promise an equivalent one.
 */
export function callThen(fn: () => unknown, then: () => void): unknown {
  let result: unknown;
  try {
    result = fn();
  } catch (error) {
    then();
    throw error;
  }
  if (isThenable(result)) {
    return Promise.resolve(result).finally(then);
  }
  then();
  return result;
}

/** Whether a value is a promise, or can be awaited like one. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    'then' in value &&
    typeof value.then === 'function'
  );
}
