import { AsyncLocalStorage } from 'node:async_hooks';
import { oncePerProcess } from '../process-state.js';
import type { Target } from './target.js';

interface Scope {
  /** Created by the first withTarget(): on Node 20 an AsyncLocalStorage that was used once costs time at every await. */
  storage: AsyncLocalStorage<Target | undefined> | undefined;
}

/** Shared by all copies of the package: a library may record inside a withTarget() of the application. */
const scope = oncePerProcess<Scope>('targets', () => ({ storage: undefined }));

/**
 * Runs `fn`. Metrics that `fn`, or code that it awaits, records belong to `target` instead of this instance.
 *
 * @returns the result of `fn`.
 * @throws the error of `fn`, and no other.
 *
 * @publicApi
 */
export function withTarget<T>(target: Target, fn: () => T): T {
  scope.storage ??= new AsyncLocalStorage();
  return scope.storage.run(target, fn);
}

/** Returns the target of the innermost {@link withTarget}, if the caller runs inside one. */
export const currentTarget = (): Target | undefined => scope.storage?.getStore();

/** Runs `fn` outside any {@link withTarget}: the library records its own metrics under this instance. */
export function outsideTargets<T>(fn: () => T): T {
  return scope.storage ? scope.storage.run(undefined, fn) : fn();
}
