import { log } from '../log.js';
import type { MetricsCallback } from '../metrics/registry.js';
import { abortable } from '../clock/deadline.js';

/**
 * Runs all callbacks at once, until the signal is aborted.
 *
 * @param failed receives the error of each callback that throws or hangs. By default the error is logged.
 */
export async function runCallbacks(
  callbacks: Iterable<MetricsCallback>,
  signal: AbortSignal,
  failed = logCallbackFailure,
): Promise<void> {
  await Promise.all(Array.from(callbacks, callback => runCallback(callback, signal, failed)));
}

/** Logs that a callback has thrown or took too long. */
export function logCallbackFailure(error: unknown): void {
  log.error('A metrics callback failed.', error);
}

async function runCallback(
  callback: MetricsCallback,
  signal: AbortSignal,
  failed: (error: unknown) => void,
): Promise<void> {
  try {
    await abortable(Promise.resolve(callback()), signal);
  } catch (error) {
    failed(error);
  }
}
