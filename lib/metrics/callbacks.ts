import type { Metric } from './metric.js';
import { defaultRegistry, isRegistry, type MetricsCallback, type Registry } from './registry.js';

/**
 * Options of {@link registerCallback}.
 *
 * @inline
 */
interface CallbackOptions {
  /**
   * Gauges of which each run sets all cells. Cells that a run did not set are deleted after it, so that a queue that is gone
   * is no longer reported. A run that fails or takes too long deletes nothing. If several callbacks name the same gauge, all
   * of their runs together set its cells.
   *
   * @default []: cells stay until they are deleted
   */
  gauges?: readonly Metric[] | undefined;
  /**
   * The registry whose flushes run the callback.
   *
   * @default the registry of the gauges; without gauges the registry of the process
   */
  registry?: Registry | undefined;
}

/**
 * Runs `callback` at the start of every flush. A callback that throws or hangs is logged; it stops neither the flush nor
 * the other callbacks. Callbacks run in the asynchronous context of the application's start. So they do not see the
 * `AsyncLocalStorage` of the request that flushes, and they create no OpenTelemetry spans.
 *
 * A callback that is registered at module level stays. One that is registered while an application runs, from the hook
 * `onModuleInit` of {@link TsmonModule} on, ends with that application.
 *
 * @example
 * ```ts
 * registerCallback(() => queues.forEach(({ name, length }) => depth.set(length, { name })), { gauges: [depth] });
 * ```
 *
 * @returns a function that unregisters the callback.
 * @throws TypeError when `callback` is not a function, or when one of `gauges` is cumulative or belongs to another registry.
 *
 * @publicApi
 */
export function registerCallback(
  callback: MetricsCallback,
  options: CallbackOptions = {},
): () => void {
  if (typeof callback !== 'function') {
    throw new TypeError(`registerCallback() needs a function as callback, got ${typeof callback}.`);
  }
  if (isRegistry(options)) {
    throw new TypeError('registerCallback() takes a registry as an option: { registry }.');
  }
  const { gauges = [] } = options;
  const { registry = gauges[0]?.registry ?? defaultRegistry } = options;
  checkGauges(gauges, registry);
  return registry.addCallback({ run: () => callback(), gauges: [...gauges] });
}

function checkGauges(gauges: readonly Metric[], registry: Registry): void {
  for (const gauge of gauges) {
    if (gauge.kind.cumulative) {
      throw new TypeError(
        `The option gauges of registerCallback() names ${gauge.describe()}, but only cells of gauges can be deleted after a run: a sum would begin anew.`,
      );
    }
    if (gauge.registry !== registry) {
      throw new TypeError(
        `The option gauges of registerCallback() names "${gauge.name}", which belongs to another registry.`,
      );
    }
  }
}

/**
 * Makes `metrics` global: they describe the whole service instead of one instance. Housekeeping runs `callback` and
 * reports the metrics once, under the global target of the service. The callback runs in the same context as the
 * callbacks of {@link registerCallback}, and ends with the application like them.
 *
 * @param name names the callback in logs. A second callback with the same name replaces the first.
 * @param metrics gauges (or non-cumulative distributions) of one registry.
 * @returns a function that unregisters the callback.
 * @throws TypeError when `metrics` is empty, when one of them is cumulative or belongs to another registry, or when
 * `callback` is not a function.
 *
 * @publicApi
 */
export function registerGlobalCallback(
  name: string,
  metrics: readonly Metric[],
  callback: MetricsCallback,
): () => void {
  const registry = checkedGlobalMetrics(name, metrics);
  if (typeof callback !== 'function') {
    throw new TypeError(`Global callback "${name}" must be a function, got ${typeof callback}.`);
  }
  return registry.addGlobalCallback(name, { metrics: [...metrics], run: () => callback() });
}

function checkedGlobalMetrics(name: string, metrics: readonly Metric[]): Registry {
  const [first] = metrics;
  if (!first) {
    throw new TypeError(`Global callback "${name}" must name the metrics that it sets.`);
  }
  for (const metric of metrics) {
    if (metric.kind.cumulative) {
      throw new TypeError(
        `Global callback "${name}" names ${metric.describe()}, but global metrics must be gauges: no single instance can keep a sum for the whole service.`,
      );
    }
    if (metric.registry !== first.registry) {
      throw new TypeError(
        `Global callback "${name}" names metrics of two registries: "${first.name}" and "${metric.name}".`,
      );
    }
  }
  return first.registry;
}
