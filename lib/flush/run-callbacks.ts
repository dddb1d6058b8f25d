import { log } from '../log.js';
import type { MetricsCallback } from '../metrics/registry.js';
import { abortable } from '../clock/deadline.js';

/** Runs all callbacks at once, until the signal is aborted. Those that throw or hang are logged. */
export async function runCallbacks(
  callbacks: Iterable<MetricsCallback>,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(Array.from(callbacks, callback => runCallback(callback, signal)));
}

async function runCallback(callback: MetricsCallback, signal: AbortSignal): Promise<void> {
  try {
    await abortable(Promise.resolve(callback()), signal);
  } catch (error) {
    log.error('A metrics callback failed.', error);
  }
}
