import { AsyncLocalStorage } from 'node:async_hooks';

const LOOKUP_WARNING = 'MetadataLookupWarning';

/** Marks the asynchronous work of a lookup. It is in use only during lookups, since it costs time at every await. */
const ownLookup = new AsyncLocalStorage<true>();

type EmitWarning = typeof process.emitWarning;

let running = 0;
let restore = (): void => {};

/**
 * Runs a search for credentials or for the project without the process warning that `gcp-metadata` emits where there is no
 * metadata server, such as on a laptop. The caller reports a failed search itself. Warnings of other searches in
 * the process pass.
 */
export async function withoutLookupWarning<T>(lookUp: () => Promise<T>): Promise<T> {
  if (running === 0) {
    restore = filterWarnings();
  }
  running += 1;
  try {
    return await ownLookup.run(true, lookUp);
  } finally {
    running -= 1;
    if (running === 0) {
      ownLookup.disable();
      restore();
    }
  }
}

/**
 * Replaces `process.emitWarning` by a filter.
 *
 * @returns a function that restores it. If another library has replaced the filter meanwhile, nothing is restored: that
 * library may call the filter, which then lets all warnings pass.
 */
function filterWarnings(): () => void {
  // Each filter has a variable of its own: a function of another library may still call an earlier filter.
  const { emitWarning } = process;
  const filtered = ((...warning: Parameters<EmitWarning>): void => {
    const [, type] = warning as readonly unknown[];
    if (type !== LOOKUP_WARNING || ownLookup.getStore() !== true) {
      Reflect.apply(emitWarning, process, warning);
    }
  }) as EmitWarning;
  process.emitWarning = filtered;
  return () => {
    if (process.emitWarning === filtered) {
      process.emitWarning = emitWarning;
    }
  };
}
