import type { Counter } from '../metrics/counter.js';
import type { CumulativeDistribution } from '../metrics/cumulative-distribution.js';
import type { FieldDeclarations, FieldValues } from '../metrics/fields.js';
import type { Registry } from '../metrics/registry.js';
import {
  recordCalls,
  recordInMetric,
  recordInNewMetrics,
  type CallRecorder,
} from './call-recorder.js';
import { isMethod, wrapMethod, wrapMethods } from './method-decoration.js';
import type { TrackedCall } from './tracked-call.js';

/**
 * Options of {@link TrackMetric} with a name.
 *
 * @inline
 */
interface TrackOptions {
  /**
   * What the metrics mean, as a sentence.
   *
   * @default ''
   */
  description?: string | undefined;
  /**
   * The registry that the metrics belong to.
   *
   * @default the registry of the process
   */
  registry?: Registry | undefined;
}

/**
 * The option of {@link TrackMetric} that gives fields their values.
 *
 * @inline
 */
interface TrackMapping<F extends FieldDeclarations, Args extends readonly unknown[], Result> {
  /**
   * Returns the values of the fields. It is called after each call of the method. If it throws or returns wrong values, the
   * call of the method is not disturbed but also not recorded, and the first such error is logged. With `misuse: 'log'` it
   * is also counted in `tsmon/misused`. If it names the types of the arguments or of the result, those of the method must fit.
   */
  map(call: TrackedCall<Args, Result>): FieldValues<NoInfer<F>>;
}

/**
 * Options of {@link TrackMetric} with a name and fields.
 *
 * @inline
 */
interface TrackFieldsOptions<F extends FieldDeclarations, Args extends readonly unknown[], Result>
  extends TrackOptions, TrackMapping<F, Args, Result> {
  /** Names and types of the fields. `outcome`, and on a class also `method`, are added automatically. */
  fields: F;
}

type AnyMethod = (...args: never[]) => unknown;

/** In an error of the compiler: `map` expects other arguments, or another result, than the decorated method has. */
interface MapDoesNotFitMethod {
  readonly map: never;
}

/** The method itself if its arguments begin with those that `map` expects, and its result is the one that `map` expects. */
type MethodThatFits<M extends AnyMethod, Args extends readonly unknown[], Result> =
  Parameters<M> extends readonly [...Args, ...unknown[]]
    ? Awaited<ReturnType<M>> extends Result
      ? M
      : MapDoesNotFitMethod
    : MapDoesNotFitMethod;

/**
 * Decorates a class, or a method with arguments and a result that `map` can take.
 *
 * @inline
 */
type TrackDecorator<
  Args extends readonly unknown[] = readonly unknown[],
  Result = unknown,
> = ClassDecorator &
  (<M extends AnyMethod>(
    target: object,
    key: string | symbol,
    method: TypedPropertyDescriptor<M> & TypedPropertyDescriptor<MethodThatFits<M, Args, Result>>,
  ) => void);

/**
 * Counts and times the calls of a method, or of all methods of a class. It declares two metrics for this:
 * `<name>/count` and `<name>/durations` (ms). Both have the field `outcome`, which is `'ok'` or `'error'`, on a
 * class also the field `method`, and the fields of `fields`. On a class, Nest's lifecycle hooks are not tracked; decorate
 * such a hook itself to track it.
 *
 * A call lasts until the method returns or its promise settles. Each subscription of an Observable and each iteration of an
 * async iterable is a call of its own. A Node stream lasts until it is closed. The decorator works above and below the
 * decorators of routes. The caller gets the result and the error of the method; a promise or Observable is replaced by an
 * equivalent one.
 *
 * @example
 * ```ts
 * @TrackMetric('shop/checkout', {
 *   fields: { country: 'string' },
 *   map: ({ args: [order] }: TrackedCall<[Order]>) => ({ country: order.country }),
 * })
 * async checkout(order: Order): Promise<Receipt> { … }
 * ```
 *
 * @throws TypeError when the class is declared: for `fields` without `map`, for a field named `outcome` or `method`, and on
 * anything but a method or a class. RangeError and Error like the declaration of any metric.
 *
 * @publicApi
 */
export function TrackMetric<
  const F extends FieldDeclarations,
  Args extends readonly unknown[] = readonly unknown[],
  Result = unknown,
>(name: string, options: TrackFieldsOptions<F, Args, Result>): TrackDecorator<Args, Result>;
export function TrackMetric(name: string, options?: TrackOptions): TrackDecorator;
/**
 * Records the calls of a method, or of all methods of a class, in a metric of yours. A `Counter` counts the calls, a
 * `CumulativeDistribution` with a unit of time takes their durations. The metric gets no fields but its own.
 *
 * @throws TypeError when the class is declared: for a metric with fields without `map`, and for a metric of another kind
 * or unit.
 *
 * @publicApi
 */
export function TrackMetric<
  F extends FieldDeclarations,
  Args extends readonly unknown[] = readonly unknown[],
  Result = unknown,
>(
  metric: Counter<F> | CumulativeDistribution<F>,
  ...options: keyof F extends never ? [] : [mapping: TrackMapping<F, Args, Result>]
): TrackDecorator<Args, Result>;
export function TrackMetric(
  tracked: unknown,
  options: Partial<TrackFieldsOptions<FieldDeclarations, readonly unknown[], unknown>> = {},
): TrackDecorator {
  const recorder = (ownFields: readonly ('outcome' | 'method')[]): CallRecorder =>
    typeof tracked === 'string'
      ? recordInNewMetrics(tracked, options, ownFields)
      : recordInMetric(tracked, options.map);

  return (target: object, key?: string | symbol, descriptor?: unknown): void => {
    if (key === undefined) {
      const { name, prototype } = target as { name: string; prototype: object };
      wrapMethods(prototype, recordCalls(name, recorder(['outcome', 'method'])));
      return;
    }
    const name = String(key);
    if (!isMethod(descriptor)) {
      throw new TypeError(`@TrackMetric() needs a method or a class, got "${name}".`);
    }
    const owner = typeof target === 'function' ? target : target.constructor;
    const wrapper = recordCalls(`${owner.name}.${name}`, recorder(['outcome']));
    descriptor.value = wrapMethod(descriptor.value, name, wrapper);
  };
}
