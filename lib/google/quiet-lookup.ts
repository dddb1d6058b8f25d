import { AsyncLocalStorage } from 'node:async_hooks';

const LOOKUP_WARNING = 'MetadataLookupWarning';

/** Marks the asynchronous work of a lookup. It is in use only during lookups, since it costs time at every await. */
const ownLookup = new AsyncLocalStorage<true>();

let running = 0;
let emitWarning = process.emitWarning;

/**
 * Runs a search for credentials or for the project without the process warning that `gcp-metadata` emits where there is no
 * metadata server, as on the machine of a developer. The caller reports a failed search itself. Warnings of other searches in
 * the process pass.
 */
export async function withoutLookupWarning<T>(lookUp: () => Promise<T>): Promise<T> {
  if (running === 0) {
    emitWarning = process.emitWarning;
    process.emitWarning = filteredWarning as typeof process.emitWarning;
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

function filteredWarning(...warning: Parameters<typeof process.emitWarning>): void {
  const [, type] = warning as readonly unknown[];
  if (type !== LOOKUP_WARNING || ownLookup.getStore() !== true) {
    Reflect.apply(emitWarning, process, warning);
  }
}

/** Leaves a function alone that another library has put in place meanwhile. It calls ours, which lets all warnings pass. */
function restore(): void {
  if (process.emitWarning === (filteredWarning as typeof process.emitWarning)) {
    process.emitWarning = emitWarning;
  }
}
