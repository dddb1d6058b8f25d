import type { Clock } from '../../clock/clock.js';
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
   * Sends a distribution as an exponential histogram where its bounds are those of one: the growth of its bucketer
   * is the double `2 ** 2 ** -n` for a whole `n`, such as 4, 2 or `Math.SQRT2`, and its scale a power of that growth.
   * Set it to false for a backend that knows none, such as a Prometheus without native histograms.
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

type Check = (value: unknown) => boolean;

const CHECKS: Record<keyof OpenTelemetryMonitorOptions, { isRight: Check; wanted: string }> = {
  exporter: {
    isRight: isExporter,
    wanted: 'an exporter of OpenTelemetry with export(), forceFlush() and shutdown()',
  },
  metricName: {
    isRight: value => typeof value === 'function',
    wanted: 'a function from name to name',
  },
  resourceAttributes: {
    isRight: areAttributes,
    wanted: 'an object of strings, finite numbers and booleans',
  },
  exponentialHistograms: { isRight: value => typeof value === 'boolean', wanted: 'a boolean' },
  chunkSize: { isRight: value => isIntegerFrom(0, value), wanted: 'an integer from 0' },
  concurrency: { isRight: value => isIntegerFrom(1, value), wanted: 'an integer from 1' },
  clock: { isRight: value => typeof value === 'object', wanted: 'a Clock' },
};

const DELTA = 0;

/** @throws TypeError for an unknown or wrong option, RangeError for an exporter that wants deltas. */
export function checkOptions(options: OpenTelemetryMonitorOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(
      `The options of an OpenTelemetryMonitor must be an object, got ${String(options)}.`,
    );
  }
  const given: Record<string, unknown> = { ...options };
  const unknown = Object.keys(given).find(name => !Object.hasOwn(CHECKS, name));
  if (unknown !== undefined) {
    throw new TypeError(
      `An OpenTelemetryMonitor has no option "${unknown}"; it has ${Object.keys(CHECKS).join(', ')}.`,
    );
  }
  for (const [name, { isRight, wanted }] of Object.entries(CHECKS)) {
    const value = given[name];
    if ((value !== undefined || name === 'exporter') && !isRight(value)) {
      throw new TypeError(
        `${name} of an OpenTelemetryMonitor must be ${wanted}, got ${shown(value)}.`,
      );
    }
  }
  checkAttributes(options.resourceAttributes ?? {});
  checkTemporality(options.exporter);
}

function checkAttributes(attributes: OpenTelemetryAttributes): void {
  const taken = IDENTITY_ATTRIBUTES.find(name => Object.hasOwn(attributes, name));
  if (taken !== undefined) {
    throw new TypeError(
      `resourceAttributes of an OpenTelemetryMonitor must not hold "${taken}": it comes from the target, which tells streams apart. Set the option "target" of the module instead.`,
    );
  }
}

/** Our values count from a start time on. An exporter that wants deltas would pass them on as such. */
function checkTemporality(exporter: OpenTelemetryExporter): void {
  const delta = ['COUNTER', 'HISTOGRAM'].find(
    type => exporter.selectAggregationTemporality?.(type) === DELTA,
  );
  if (delta !== undefined) {
    throw new RangeError(
      `The exporter of an OpenTelemetryMonitor wants the deltas of a ${delta}, but tsmon sends cumulative values. Make it with temporalityPreference: AggregationTemporalityPreference.CUMULATIVE, and leave OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE unset or "cumulative".`,
    );
  }
}

function isExporter(value: unknown): boolean {
  const exporter = value as Partial<OpenTelemetryExporter> | null | undefined;
  return (
    typeof exporter?.export === 'function' &&
    typeof exporter.forceFlush === 'function' &&
    typeof exporter.shutdown === 'function'
  );
}

function areAttributes(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every(
      each => typeof each === 'string' || typeof each === 'boolean' || Number.isFinite(each),
    )
  );
}

function isIntegerFrom(least: number, value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= least;
}

function shown(value: unknown): string {
  return typeof value === 'object' && value !== null
    ? `an object with ${Object.keys(value).join(', ') || 'nothing'}`
    : String(value);
}
