import type { Metric } from './metric.js';
import {
  defaultRegistry,
  type GlobalCallback,
  type MetricsCallback,
  type Registry,
} from './registry.js';

/**
 * Runs `callback` at the start of every flush. One that throws or hangs is logged, and stops neither the
 * flush nor the others. It runs in the asynchronous context of the application's start, so it does not see the
 * `AsyncLocalStorage` of the request that flushes, and it makes no spans of OpenTelemetry.
 *
 * @param registry whose flushes it belongs to; by default those of the process's own.
 * @returns a function that unregisters it.
 * @throws TypeError when `callback` is not a function.
 *
 * @publicApi
 */
export function registerCallback(
  callback: MetricsCallback,
  registry: Registry = defaultRegistry,
): () => void {
  if (typeof callback !== 'function') {
    throw new TypeError(`registerCallback() needs a function, got ${typeof callback}.`);
  }
  const own: MetricsCallback = () => callback();
  registry.callbacks.add(own);
  return () => registry.callbacks.delete(own);
}

/**
 * Makes `metrics` global: they describe the whole service, and housekeeping runs `callback` and reports them
 * once, under the service's global target, instead of every instance under its own. It runs in the same context as a
 * callback of {@link registerCallback}.
 *
 * @param name says in logs which callback failed; a second one of the same name takes its place.
 * @param metrics gauges (or non-cumulative distributions) of one registry.
 * @returns a function that unregisters it.
 * @throws TypeError when `metrics` is empty or has one that is cumulative or of another registry, or when `callback` is
 * not a function.
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
  const own: GlobalCallback = { metrics: [...metrics], run: () => callback() };
  registry.globalCallbacks.set(name, own);
  return () => {
    if (registry.globalCallbacks.get(name) === own) {
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
        `Global callback "${name}" names ${metric.describe()}, but global metrics are gauges: no instance could keep a sum for all.`,
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
