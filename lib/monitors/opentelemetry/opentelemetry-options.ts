import { isClock, systemClock, type Clock } from '../../clock/clock.js';
import { outOfRange, pathOf } from '../../validation/option-errors.js';
import {
  boolean,
  callable,
  integer,
  isFunction,
  isObject,
  object,
  custom,
} from '../../validation/schema.js';
import type { OpenTelemetryAttributes, OpenTelemetryExporter } from './opentelemetry-exporter.js';
import { IDENTITY_ATTRIBUTES } from './resource.js';

/**
 * What an {@link OpenTelemetryMonitor} takes.
 *
 * @publicApi
 */
export interface OpenTelemetryMonitorOptions {
  /**
   * A `PushMetricExporter` of OpenTelemetry that takes cumulative values. It is closed with the monitor. Let its
   * own timeout be no longer than `flush.timeoutSec`.
   */
  exporter: OpenTelemetryExporter;
  /**
   * What a metric is called in OpenTelemetry, for backends that want a prefix or take fewer characters:
   * `name => 'workload.googleapis.com/' + name.replaceAll('-', '_')`.
   *
   * @default the name without a leading slash
   */
  metricName?: ((name: string) => string) | undefined;
  /**
   * Attributes of every resource, such as `{ 'gcp.project_id': 'my-project' }`. What the target itself says wins;
   * `service.namespace`, `service.name` and `service.instance.id` are the target's alone.
   *
   * @default {}
   */
  resourceAttributes?: OpenTelemetryAttributes | undefined;
  /**
   * Sends a distribution as an exponential histogram if its bounds are those of one. Set it to false for a backend that
   * knows none, such as a Prometheus without native histograms.
   *
   * Its bounds are, if the growth of its bucketer is the double `2 ** 2 ** -n` for a whole `n`, such as 4, 2 or
   * `Math.SQRT2`, and its scale a power of that growth.
   *
   * @default true
   */
  exponentialHistograms?: boolean | undefined;
  /**
   * How many cells are sent at a time; 0 for any number. Exporters encode without a pause.
   *
   * @default 500
   */
  chunkSize?: number | undefined;
  /**
   * How many exports may be under way at a time: there is one for each target of each chunk. OpenTelemetry's own
   * exporters refuse more than 30; an exporter that must not be called again before it has called back needs 1.
   *
   * @default 4
   */
  concurrency?: number | undefined;
  /**
   * The clock that bounds `close()`.
   *
   * @default systemClock
   */
  clock?: Clock | undefined;
}

const DELTA = 0;

/** What each of the {@link OpenTelemetryMonitorOptions} may be. */
export const openTelemetryOptions = object(
  {
    exporter: custom({
      wanted: 'an exporter of OpenTelemetry with export(), forceFlush() and shutdown()',
      isType: isExporter,
    }),
    metricName: callable<(name: string) => string>({
      wanted: 'a function from name to name',
      default: withoutLeadingSlash,
    }),
    resourceAttributes: custom({
      wanted: 'an object of strings, finite numbers and booleans',
      isType: areAttributes,
      default: {},
    }),
    exponentialHistograms: boolean({ default: true }),
    chunkSize: integer({ min: 0, default: 500 }),
    concurrency: integer({ min: 1, default: 4 }),
    clock: custom({ wanted: 'a Clock', isType: isClock, default: systemClock }),
  },
  ({ resourceAttributes, exporter }, path) => {
    checkIdentity(resourceAttributes, pathOf(path, 'resourceAttributes'));
    checkTemporality(exporter, pathOf(path, 'exporter'));
  },
);

function checkIdentity(attributes: OpenTelemetryAttributes, path: string): void {
  const taken = IDENTITY_ATTRIBUTES.find(name => Object.hasOwn(attributes, name));
  if (taken !== undefined) {
    const reason = 'which tells streams apart, and comes from the option target of the module';
    throw outOfRange(path, `without "${taken}", ${reason}`, attributes);
  }
}

/** Values of tsmon count from a start time. An exporter that wants deltas would pass them on as such. */
function checkTemporality(exporter: OpenTelemetryExporter, path: string): void {
  const delta = ['COUNTER', 'HISTOGRAM'].find(
    type => exporter.selectAggregationTemporality?.(type) === DELTA,
  );
  if (delta !== undefined) {
    throw outOfRange(
      path,
      `one that takes cumulative values of a ${delta}, made with temporalityPreference: AggregationTemporalityPreference.CUMULATIVE, and with OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE unset or "cumulative"`,
      exporter,
    );
  }
}

function isExporter(given: unknown): given is OpenTelemetryExporter {
  const exporter = given as Partial<OpenTelemetryExporter> | null | undefined;
  return [exporter?.export, exporter?.forceFlush, exporter?.shutdown].every(isFunction);
}

function areAttributes(given: unknown): given is OpenTelemetryAttributes {
  return (
    isObject(given) &&
    Object.values(given).every(
      each => typeof each === 'string' || typeof each === 'boolean' || Number.isFinite(each),
    )
  );
}

function withoutLeadingSlash(name: string): string {
  return name.replace(/^\//, '');
}
