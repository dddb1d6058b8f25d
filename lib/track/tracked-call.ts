import { Readable } from 'node:stream';
import { types } from 'node:util';
import { isObservable, Observable } from 'rxjs';
import { isThenable } from '../metrics/call-then.js';

/**
 * A call of a tracked method that has ended. Give the types of its arguments and result if you know them:
 * `map: ({ args: [order] }: TrackedCall<[Order]>) => ({ country: order.country })`.
 *
 * @publicApi
 */
export interface TrackedCall<
  Args extends readonly unknown[] = readonly unknown[],
  Result = unknown,
> {
  /** The name of the method. */
  readonly method: string;
  /** The arguments of the call. */
  readonly args: Args;
  /** `error` if the method threw or rejected, or if the stream that it returned failed. */
  readonly outcome: 'ok' | 'error';
  /** The returned or resolved value; undefined if the call failed or returned an Observable or async iterable. */
  readonly result?: Result | undefined;
  /** The error that the method threw or rejected with. */
  readonly error?: unknown;
  /** The duration in milliseconds. An Observable starts when it is subscribed, an async iterable at its first step. */
  readonly durationMs: number;
}

type Ending = Pick<TrackedCall, 'outcome' | 'result' | 'error'>;

/** Starts to measure, and returns a function that takes the ending. Neither throws. */
type Begin = () => (ending: Ending) => void;

const OK: Ending = { outcome: 'ok' };
const failed = (error: unknown): Ending => ({ outcome: 'error', error });

/** Calls a function and reports its end: when it returns, or when the promise or stream that it returned ends. */
export function trackCall(begin: Begin, call: () => unknown): unknown {
  const end = begin();
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    end(failed(error));
    throw error;
  }
  return trackResult(begin, end, result);
}

function trackResult(begin: Begin, end: (ending: Ending) => void, result: unknown): unknown {
  if (types.isPromise(result)) {
    return result.then(
      value => trackResult(begin, end, value),
      (error: unknown) => {
        end(failed(error));
        throw error;
      },
    );
  }
  if (isThenable(result)) {
    return trackThenable(end, result);
  }
  if (isObservable(result)) {
    return trackObservable(begin, result);
  }
  if (result instanceof Readable) {
    return trackStream(end, result);
  }
  if (isAsyncIterable(result)) {
    return trackIterable(begin, result);
  }
  end({ outcome: 'ok', result });
  return result;
}

type Then = (onFulfilled?: unknown, onRejected?: unknown) => unknown;

/**
 * Watches the `then` of a query that runs when it is awaited, such as those of Prisma, Knex and Mongoose. Awaiting the
 * query here would run it twice, and a promise in its place would lack the other methods of a query.
 */
function trackThenable(end: (ending: Ending) => void, query: PromiseLike<unknown>): unknown {
  if (Object.isExtensible(query)) {
    const then = query.then as Then;
    const endOnce = once(end);
    const watchedThen: Then = (onFulfilled, onRejected) =>
      then.call(
        query,
        (value: unknown) => {
          endOnce({ outcome: 'ok', result: value });
          return typeof onFulfilled === 'function' ? (onFulfilled(value) as unknown) : value;
        },
        (error: unknown) => {
          endOnce(failed(error));
          if (typeof onRejected === 'function') {
            return onRejected(error) as unknown;
          }
          throw error;
        },
      );
    Reflect.set(query, 'then', watchedThen);
  }
  return query;
}

/** Records each subscription. One that is cancelled, such as by `take(1)` or a client that left, has not failed. */
function trackObservable(begin: Begin, source: Observable<unknown>): Observable<unknown> {
  return new Observable(subscriber => {
    const end = once(begin());
    subscriber.add(() => end(OK));
    return source.subscribe({
      next: value => subscriber.next(value),
      error: (error: unknown) => {
        end(failed(error));
        subscriber.error(error);
      },
      complete: () => subscriber.complete(),
    });
  });
}

/** Records a stream when it is closed. Does not listen for errors: with a listener Node reports no unhandled error. */
function trackStream(end: (ending: Ending) => void, stream: Readable): Readable {
  const closed = (): void => end(stream.errored ? failed(stream.errored) : OK);
  if (stream.closed) {
    closed();
  } else {
    stream.once('close', closed);
  }
  return stream;
}

type Step = (...args: unknown[]) => Promise<IteratorResult<unknown>>;

interface Steps {
  next: Step;
  return?: Step;
  throw?: Step;
}

/** Iterables that are tracked already: an application may return the same one again. */
const trackedIterables = new WeakSet<object>();

/** Records each iteration. Changes the iterable in place, since it may have other methods too. */
function trackIterable(begin: Begin, iterable: AsyncIterable<unknown>): unknown {
  if (Object.isExtensible(iterable) && !trackedIterables.has(iterable)) {
    trackedIterables.add(iterable);
    if ('next' in iterable) {
      trackIterator(begin, iterable as unknown as Steps);
    } else {
      const iterate = iterable[Symbol.asyncIterator];
      iterable[Symbol.asyncIterator] = () => {
        const iterator = iterate.call(iterable);
        trackIterator(begin, iterator as unknown as Steps);
        return iterator;
      };
    }
  }
  return iterable;
}

/** Records an iteration from its first step. A loop that is left early, such as by `break`, has not failed. */
function trackIterator(begin: Begin, iterator: Steps): void {
  let endOnce: ((ending: Ending) => void) | undefined;
  const watched = (step: Step): Step =>
    async function watchedStep(...args) {
      endOnce ??= once(begin());
      try {
        const result = await step.apply(iterator, args);
        if (result.done) {
          endOnce(OK);
        }
        return result;
      } catch (error) {
        endOnce(failed(error));
        throw error;
      }
    };
  iterator.next = watched(iterator.next);
  if (iterator.return) {
    iterator.return = watched(iterator.return);
  }
  if (iterator.throw) {
    iterator.throw = watched(iterator.throw);
  }
}

function once(end: (ending: Ending) => void): (ending: Ending) => void {
  let ended = false;
  return ending => {
    if (!ended) {
      ended = true;
      end(ending);
    }
  };
}

/** Excludes web streams: they are iterable too, but are read in other ways, and are recorded when they are returned. */
function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return (
    isObject(value) &&
    Symbol.asyncIterator in value &&
    typeof value[Symbol.asyncIterator] === 'function' &&
    !('getReader' in value)
  );
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
