import type { Metric } from './metric.js';
import {
  defaultRegistry,
  type GlobalCallback,
  type MetricsCallback,
  type Registry,
} from './registry.js';

/**
 * Runs `callback` at the start of every flush. A callback that throws or hangs is logged; it stops neither the flush nor
 * the other callbacks. Callbacks run in the asynchronous context of the application's start. So they do not see the
 * `AsyncLocalStorage` of the request that flushes, and they create no OpenTelemetry spans.
 *
 * @param registry the registry whose flushes run the callback; by default the registry of the process.
 * @returns a function that unregisters the callback.
 * @throws TypeError when `callback` is not a function.
 *
 * @publicApi
 */
export function registerCallback(
  callback: MetricsCallback,
  registry: Registry = defaultRegistry,
): () => void {
  if (typeof callback !== 'function') {
    throw new TypeError(`registerCallback() needs a function as callback, got ${typeof callback}.`);
  }
  const registration: MetricsCallback = () => callback();
  registry.callbacks.add(registration);
  return () => registry.callbacks.delete(registration);
}

/**
 * Makes `metrics` global: they describe the whole service instead of one instance. Housekeeping runs `callback` and
 * reports the metrics once, under the global target of the service. The callback runs in the same context as the
 * callbacks of {@link registerCallback}.
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
  const registration: GlobalCallback = { metrics: [...metrics], run: () => callback() };
  registry.globalCallbacks.set(name, registration);
  return () => {
    if (registry.globalCallbacks.get(name) === registration) {
      registry.globalCallbacks.delete(name);
    }
  };
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
