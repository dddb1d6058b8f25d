import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { oncePerProcess } from './process-state.js';

interface OwnRequests {
  /** Made only where the HTTP requests of the application are counted: on Node 20 it costs something at every await. */
  storage: AsyncLocalStorage<true> | undefined;
}

/** One object for all copies of the package: each sees the requests of the others. */
const ownRequests = oncePerProcess<OwnRequests>('own-requests', () => ({ storage: undefined }));

/**
 * Runs the library's own work in the context in which this object was made, at the application's start, and without spans
 * of OpenTelemetry (F11). The work may be called during a request of a user: it must not see what the application keeps
 * in an `AsyncLocalStorage` for that request, must not keep it alive, and must not show in the trace of the request.
 *
 * Only the work runs there: a caller that awaits the result goes on in its own context.
 */
export class OwnWork {
  private readonly start = new AsyncResource('TsmonStart');

  /** Runs work in which code of the application may be called. HTTP requests that it makes are counted as usual. */
  run<T>(work: () => T): T {
    // The inner resource takes what a callback sets by `enterWith()`: in `start` it would stay for all later work.
    return this.start.runInAsyncScope(() =>
      new AsyncResource('TsmonWork').runInAsyncScope(() => withoutSpans(work)),
    );
  }

  /** Runs work whose HTTP requests are the library's own, and not counted as those of the application. */
  runUncounted<T>(work: () => T): T {
    const { storage } = ownRequests;
    return this.run(() => (storage ? storage.run(true, work) : work()));
  }
}

/** From now on the HTTP requests of the library can be told from those of the application. */
export function distinguishOwnRequests(): void {
  ownRequests.storage ??= new AsyncLocalStorage();
}

/** Whether the caller runs inside {@link OwnWork.runUncounted}. */
export function isOwnRequest(): boolean {
  return ownRequests.storage?.getStore() === true;
}

/** A context of OpenTelemetry: values by keys, which never change. */
interface TraceContext {
  setValue(key: symbol, value: unknown): TraceContext;
}

/** What follows contexts of OpenTelemetry through asynchronous work; present once the application has set up tracing. */
interface TraceContextManager {
  active(): TraceContext;
  with<T>(context: TraceContext, work: () => T): T;
}

/** Where all copies of `@opentelemetry/api` 1 in a process find one another, so that none need be loaded here. */
const OPENTELEMETRY_API = Symbol.for('opentelemetry.js.api.1');
/** The key of `suppressTracing()` of `@opentelemetry/core`. */
const SUPPRESS_TRACING = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

function withoutSpans<T>(work: () => T): T {
  const api = Reflect.get(globalThis, OPENTELEMETRY_API) as
    { readonly context?: TraceContextManager } | undefined;
  const manager = api?.context;
  return manager ? manager.with(manager.active().setValue(SUPPRESS_TRACING, true), work) : work();
}
