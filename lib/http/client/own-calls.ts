import { AsyncLocalStorage } from 'node:async_hooks';

// Made only where the application's calls are counted: on Node 20 it costs something at every await.
let storage: AsyncLocalStorage<boolean> | undefined;

/** From now on the library's own calls can be told from those of the application. */
export function distinguishOwnCalls(): void {
  storage ??= new AsyncLocalStorage();
}

/** Runs `fn`, whose HTTP requests are the library's own, and not counted. */
export function asOwnCall<T>(fn: () => T): T {
  return storage ? storage.run(true, fn) : fn();
}

/** Runs `fn`, which is code of the application that the library calls amid work of its own. */
export function asCallOfApplication<T>(fn: () => T): T {
  return storage ? storage.run(false, fn) : fn();
}

/** Whether the caller runs inside {@link asOwnCall}. */
export function isOwnCall(): boolean {
  return storage?.getStore() === true;
}
