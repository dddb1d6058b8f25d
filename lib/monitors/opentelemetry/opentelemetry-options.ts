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
 * Options of {@link OpenTelemetryMonitor}.
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
   * Makes the name of a metric in OpenTelemetry, for backends that need a prefix or allow fewer characters:
   * `name => 'workload.googleapis.com/' + name.replaceAll('-', '_')`.
   *
   * @default the name without a leading slash
   */
  metricName?: ((name: string) => string) | undefined;
  /**
   * Attributes of every resource, such as `{ 'gcp.project_id': 'my-project' }`. The attributes of the target win. Only the target
   * sets `service.namespace`, `service.name` and `service.instance.id`.
   *
   * @default {}
   */
  resourceAttributes?: OpenTelemetryAttributes | undefined;
  /**
   * Whether a distribution is sent as an exponential histogram if its bounds allow it. Set it to false for a backend without
   * exponential histograms, such as a Prometheus without native histograms.
   *
   * The bounds allow it if the growth of the bucketer is the double `2 ** 2 ** -n` for a whole `n`, such as 4, 2 or
   * `Math.SQRT2`, and its scale is a power of that growth.
   *
   * @default true
   */
  exponentialHistograms?: boolean | undefined;
  /**
   * The largest number of cells in one export; 0 for any number. Exporters encode without a pause.
   *
   * @default 500
   */
  chunkSize?: number | undefined;
  /**
   * The number of exports that may run at a time. There is one for each target of each chunk. OpenTelemetry's own exporters
   * refuse more than 30. An exporter that must not be called again before it has called back needs 1.
   *
   * @default 4
   */
  concurrency?: number | undefined;
  /**
   * The clock that limits the time of `close()`.
   *
   * @default systemClock
   */
  clock?: Clock | undefined;
}

const DELTA = 0;

/** The rules for the {@link OpenTelemetryMonitorOptions}. */
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

/** Refuses exporters that want deltas: they would pass on cumulative values as deltas. */
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

/** The default of the option `metricName`. */
export function withoutLeadingSlash(name: string): string {
  return name.replace(/^\//, '');
}
