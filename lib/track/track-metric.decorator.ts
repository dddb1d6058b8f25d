import type { Counter } from '../metrics/counter.js';
import type { CumulativeDistribution } from '../metrics/distribution-metric.js';
import type { FieldDeclarations, FieldValues } from '../metrics/fields.js';
import type { Registry } from '../metrics/registry.js';
import {
  recordCalls,
  recordInMetric,
  recordInNewMetrics,
  type RecordCall,
} from './call-recorder.js';
import { isMethod, surround, surroundMethods } from './method-decoration.js';
import type { TrackedCall } from './tracked-call.js';

/**
 * What {@link TrackMetric} takes beside the name of the metrics that it declares.
 *
 * @publicApi
 */
export interface TrackOptions {
  /**
   * What is tracked, as a sentence.
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
 * How {@link TrackMetric} finds the values of fields.
 *
 * @publicApi
 */
export interface TrackMapping<F extends FieldDeclarations> {
  /**
   * The values of the fields for a call that is over. It is called after each. One that throws does not disturb
   * the call, which then is not counted; it is logged once.
   */
  map(call: TrackedCall): FieldValues<NoInfer<F>>;
}

/**
 * What {@link TrackMetric} takes where its metrics have fields of their own.
 *
 * @publicApi
 */
export interface TrackFieldsOptions<F extends FieldDeclarations>
  extends TrackOptions, TrackMapping<F> {
  /** Names and types of the fields. `outcome` is there anyway, and on a class `method`. */
  fields: F;
}

/**
 * Counts and times the calls of a method, or of all methods of a class, in two metrics that it declares:
 * `<name>/count` and `<name>/durations` (ms). Both have the field `outcome`, which is `'ok'` or `'error'`, on a
 * class also `method`, and the fields of `fields`. Nest's lifecycle hooks count only where they are decorated themselves.
 *
 * A call lasts until the method returns, or its promise settles. Each subscription of an Observable
 * and each iteration of an async iterable is a call of its own, and a Node stream lasts until it is closed. It works above and below the
 * decorators of routes. What the method returns, and what it throws, reaches the caller; a promise or Observable is
 * replaced by one that does the same.
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
 * @throws TypeError, where the class is declared, for `fields` without `map`, a field named `outcome` or `method`, or
 * anything that is neither method nor class; RangeError and Error as for the declaration of any metric.
 *
 * @publicApi
 */
export function TrackMetric(name: string, options?: TrackOptions): ClassDecorator & MethodDecorator;
export function TrackMetric<const F extends FieldDeclarations>(
  name: string,
  options: TrackFieldsOptions<F>,
): ClassDecorator & MethodDecorator;
/**
 * Records the calls of a method, or of all methods of a class, in a metric of yours: counts them on a `Counter`, and
 * times them in a `CumulativeDistribution` whose unit is one of time. It has just the fields that you declared.
 *
 * @throws TypeError, where the class is declared, for a metric with fields without `map`, or one of another kind or
 * unit.
 *
 * @publicApi
 */
export function TrackMetric<F extends FieldDeclarations>(
  metric: Counter<F> | CumulativeDistribution<F>,
  ...options: keyof F extends never ? [] : [mapping: TrackMapping<F>]
): ClassDecorator & MethodDecorator;
export function TrackMetric(
  tracked: unknown,
  options: Partial<TrackFieldsOptions<FieldDeclarations>> = {},
): ClassDecorator & MethodDecorator {
  const recorder = (ownFields: readonly ('outcome' | 'method')[]): RecordCall =>
    typeof tracked === 'string'
      ? recordInNewMetrics(tracked, options, ownFields)
      : recordInMetric(tracked, options.map);

  return (target: object, key?: string | symbol, descriptor?: unknown): void => {
    if (key === undefined) {
      const { name, prototype } = target as { name: string; prototype: object };
      surroundMethods(prototype, recordCalls(name, recorder(['outcome', 'method'])));
      return;
    }
    const name = String(key);
    if (!isMethod(descriptor)) {
      throw new TypeError(`@TrackMetric() is for methods and classes, which "${name}" is not.`);
    }
    const owner = typeof target === 'function' ? target : target.constructor;
    const around = recordCalls(`${owner.name}.${name}`, recorder(['outcome']));
    descriptor.value = surround(descriptor.value, name, around);
  };
}
