import { abortable } from '../clock/deadline.js';
import { log } from '../log.js';
import type { MetricsCallback, Registry } from '../metrics/registry.js';
import { StaleCells } from './stale-cells.js';

/**
 * Runs all callbacks of a registry at once, until the signal is aborted. Then deletes the cells of their gauges that they did
 * not set.
 *
 * @param failed receives the error of each callback that throws or hangs. By default the error is logged.
 */
export async function runCallbacks(
  registry: Pick<Registry, 'callbacks' | 'store'>,
  signal: AbortSignal,
  failed = logCallbackFailure,
): Promise<void> {
  const callbacks = [...registry.callbacks];
  const staleCells = new StaleCells(registry, callbacks);
  await Promise.all(
    callbacks.map(async callback => {
      if (!(await runCallback(callback.run, signal, failed))) {
        staleCells.keepCellsOf(callback);
      }
    }),
  );
  staleCells.delete();
}

/** Logs that a callback has thrown or took too long. */
export function logCallbackFailure(error: unknown): void {
  log.error('A metrics callback failed.', error);
}

async function runCallback(
  callback: MetricsCallback,
  signal: AbortSignal,
  failed: (error: unknown) => void,
): Promise<boolean> {
  try {
    await abortable(Promise.resolve(callback()), signal);
    return true;
  } catch (error) {
    failed(error);
    return false;
  }
}
