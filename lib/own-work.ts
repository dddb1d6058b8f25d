import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { oncePerProcess } from './process-state.js';
import { traceContextManager } from './trace-context.js';

interface OwnRequests {
  /** Created only if HTTP requests of the application are counted: on Node 20 it costs time at every await. */
  storage: AsyncLocalStorage<true> | undefined;
}

/** Shared by all copies of the package: each sees the requests of the others. */
const ownRequests = oncePerProcess<OwnRequests>('own-requests', () => ({ storage: undefined }));

/**
 * Runs the library's own work in the asynchronous context in which this object was made, at the application's start, and
 * without OpenTelemetry spans (F11). A request of a user may start the work. The work must not see the application's
 * `AsyncLocalStorage` of that request, must not keep it alive, and must not appear in the trace of the request.
 *
 * Only the work runs in that context: a caller that awaits the result continues in its own.
 */
export class OwnWork {
  private readonly start = new AsyncResource('TsmonStart');

  /** Runs work that may call code of the application. HTTP requests of the work are counted as usual. */
  run<T>(work: () => T): T {
    // The inner resource takes values that a callback sets by `enterWith()`. In `start` they would stay for all later work.
    return this.start.runInAsyncScope(() =>
      new AsyncResource('TsmonWork').runInAsyncScope(() => withoutSpans(work)),
    );
  }

  /** Runs work whose HTTP requests belong to the library and are not counted. */
  runUncounted<T>(work: () => T): T {
    const { storage } = ownRequests;
    return this.run(() => (storage ? storage.run(true, work) : work()));
  }
}

/** Starts to distinguish HTTP requests of the library from requests of the application. */
export function distinguishOwnRequests(): void {
  ownRequests.storage ??= new AsyncLocalStorage();
}

/** Whether the caller runs inside {@link OwnWork.runUncounted}. */
export function isOwnRequest(): boolean {
  return ownRequests.storage?.getStore() === true;
}

/** The key of `suppressTracing()` of `@opentelemetry/core`. */
const SUPPRESS_TRACING = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

function withoutSpans<T>(work: () => T): T {
  const manager = traceContextManager();
  return manager ? manager.with(manager.active().setValue(SUPPRESS_TRACING, true), work) : work();
}
