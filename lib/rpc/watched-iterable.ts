interface IterationEnd {
  ended(): void;
  failed(error: unknown): void;
}

/** Whether a value is an async iterable, such as the events of a GraphQL subscription. */
export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Symbol.asyncIterator in value &&
    typeof value[Symbol.asyncIterator] === 'function'
  );
}

/**
 * Returns an iteration of `iterable` that reports its end. Does not change the iterable: an application may return it for
 * several calls. An iteration that is left early has ended, for example when a client unsubscribes.
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
