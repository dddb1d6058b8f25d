/** What is told the end of an iteration. */
interface IterationEnd {
  ended(): void;
  failed(error: unknown): void;
}

/** Whether a value is iterated in steps that are awaited, as the events of a GraphQL subscription are. */
export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Symbol.asyncIterator in value &&
    typeof value[Symbol.asyncIterator] === 'function'
  );
}

/**
 * Returns an iteration of `iterable` that tells its end. The iterable itself stays as it is, since an application may return
 * one for several calls. An iteration that is left early, as by a client that unsubscribes, has ended.
 */
export function withEnd(
  iterable: AsyncIterable<unknown>,
  end: IterationEnd,
): AsyncIterableIterator<unknown> {
  const iterator = iterable[Symbol.asyncIterator]();
  const watched = async (
    step: () => Promise<IteratorResult<unknown>>,
  ): Promise<IteratorResult<unknown>> => {
    try {
      const result = await step();
      if (result.done) {
        end.ended();
      }
      return result;
    } catch (error) {
      end.failed(error);
      throw error;
    }
  };
  return {
    next: () => watched(() => iterator.next()),
    return: value =>
      watched(async () => (await iterator.return?.(value)) ?? { done: true, value: undefined }),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
