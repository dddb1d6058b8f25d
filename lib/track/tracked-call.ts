import { Readable } from 'node:stream';
import { types } from 'node:util';
import { isObservable, Observable } from 'rxjs';

/**
 * A call of a tracked method, once it is over. Say what you know of its arguments and result in the types:
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
  /** The arguments it was called with. */
  readonly args: Args;
  /** `error` when it threw or rejected, or what it returned failed. */
  readonly outcome: 'ok' | 'error';
  /** What it returned or resolved to; undefined when it failed, or returned an Observable or async iterable. */
  readonly result?: Result | undefined;
  /** What it threw or rejected with. */
  readonly error?: unknown;
  /** How long it took, in milliseconds: an Observable from subscription, an async iterable from the first item asked for. */
  readonly durationMs: number;
}

/** What became of a call. */
type Ending = Pick<TrackedCall, 'outcome' | 'result' | 'error'>;

/** Takes note that something begins, and gives a function to be told how it ended. Neither throws. */
type Begin = () => (ending: Ending) => void;

const OK: Ending = { outcome: 'ok' };
const failed = (error: unknown): Ending => ({ outcome: 'error', error });

/** Calls a function and reports when it is over: at its return, or with the promise or stream it returns. */
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
 * A query that runs when it is awaited, as those of Prisma, Knex and Mongoose. Awaiting it here would run it
 * twice, and it is more than a promise; so its `then` is watched in place.
 */
function trackThenable(end: (ending: Ending) => void, query: { then: Then }): unknown {
  if (Object.isExtensible(query)) {
    const then = query.then;
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

/** Each subscription counts. One that is given up, as by `take(1)` or a client that left, was no failure. */
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

/** A stream is over when it is closed. A listener for its errors would keep them from the application. */
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

/** Iterables that an application may return again. */
const iterables = new WeakSet<object>();

/** Each iteration counts. The iterable is changed in place, since it may be more than that. */
function trackIterable(begin: Begin, iterable: AsyncIterable<unknown>): unknown {
  if (Object.isExtensible(iterable) && !iterables.has(iterable)) {
    iterables.add(iterable);
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

/** Begins with the first step. A loop that is left, as by `break`, was no failure. */
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

function isThenable(value: unknown): value is { then: Then } {
  return isObject(value) && 'then' in value && typeof value.then === 'function';
}

/** Web streams are iterable too, but read in other ways: they count when they are returned. */
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
