import { AsyncLocalStorage } from 'node:async_hooks';
import { oncePerProcess } from '../process-state.js';
import type { Target } from './target.js';

interface Scope {
  /** Made by the first withTarget(): on Node 20 a process that ever ran one pays for it at every await. */
  storage: AsyncLocalStorage<Target | undefined> | undefined;
}

/** One object for all copies of the package: a library may record inside a withTarget() of the application. */
const scope = oncePerProcess<Scope>('targets', () => ({ storage: undefined }));

/**
 * Runs `fn`, and whatever it awaits, so that metrics without a target of their own report `target`
 * instead of this instance.
 *
 * @returns what `fn` returns.
 * @throws what `fn` throws, and nothing of its own.
 *
 * @publicApi
 */
export function withTarget<T>(target: Target, fn: () => T): T {
  scope.storage ??= new AsyncLocalStorage();
  return scope.storage.run(target, fn);
}

/** The target of the innermost {@link withTarget}, if the caller runs inside one. */
export const currentTarget = (): Target | undefined => scope.storage?.getStore();

/** Runs `fn` outside any {@link withTarget}, so that what the library records of itself is its own. */
export function outsideTargets<T>(fn: () => T): T {
  return scope.storage ? scope.storage.run(undefined, fn) : fn();
}
