import { systemClock } from '../../clock/clock.js';
import { Stopwatch } from '../../clock/stopwatch.js';
import { abortable, Deadline } from '../../clock/deadline.js';
import { log } from '../../log.js';
import type { OpenTelemetryResourceMetrics } from '../../monitors/opentelemetry/opentelemetry-exporter.js';
import type { MetricSource, SourceMetric } from '../metric-source.js';
import { sourceMetricsOf } from './source-metrics.js';

/** `AggregationType.DEFAULT` of OpenTelemetry: a sum for counters, explicit buckets for histograms, the last value for gauges. */
const DEFAULT_AGGREGATION = { type: 0 } as const;

/** `AggregationTemporality.CUMULATIVE` of OpenTelemetry. */
const CUMULATIVE = 1;

/** The default of OpenTelemetry. */
const MOST_POINTS = 2000;

/** How long a shutdown without a limit waits for callbacks. */
const SHUTDOWN_TIMEOUT_MS = 1000;

/**
 * Limits how long a `MeterProvider` waits for its callbacks.
 *
 * @publicApi
 */
export interface OpenTelemetryTimeout {
  /** Without it there is no limit. */
  readonly timeoutMillis?: number | undefined;
}

/**
 * The metrics that a `MeterProvider` has collected. OpenTelemetry calls it a `CollectionResult`.
 *
 * @publicApi
 */
export interface OpenTelemetryCollection {
  /** The metrics. */
  resourceMetrics: OpenTelemetryResourceMetrics;
  /** The errors of callbacks. */
  errors: unknown[];
}

/**
 * The part of a `MeterProvider` that collects its metrics. OpenTelemetry calls it a `MetricProducer`.
 *
 * @publicApi
 */
export interface OpenTelemetryProducer {
  /** Calls the callbacks of observable instruments, and returns all metrics. */
  collect(options?: OpenTelemetryTimeout): Promise<OpenTelemetryCollection>;
}

/**
 * Reads the metrics of a `MeterProvider` of OpenTelemetry at each flush. It has no timer, and sends nothing by itself.
 *
 * ```ts
 * const reader = new TsmonMetricReader();
 * const meterProvider = new MeterProvider({ readers: [reader] });
 * TsmonModule.forRoot({ sources: [reader] });
 * ```
 *
 * It works with versions 2 and 3 of `@opentelemetry/sdk-metrics`, and loads neither.
 *
 * @publicApi
 */
export class TsmonMetricReader implements MetricSource {
  /** The name in the log and on the status page. */
  readonly name = 'OpenTelemetry';
  private producer: OpenTelemetryProducer | undefined;
  private flush: (() => Promise<unknown>) | undefined;
  /** What the shutdown of the `MeterProvider` has collected. */
  private kept: OpenTelemetryCollection | undefined;
  private hasFailed = false;

  /**
   * Binds the reader to a `MeterProvider`, which calls this itself.
   *
   * @throws Error when the reader belongs to a `MeterProvider` already.
   */
  setMetricProducer(producer: OpenTelemetryProducer): void {
    if (this.producer) {
      throw new Error(
        'TsmonMetricReader: a reader belongs to one MeterProvider. Make another reader for the second one, and put both into the option sources.',
      );
    }
    this.producer = producer;
  }

  /** The default of OpenTelemetry for each kind of instrument. Views may choose another. */
  selectAggregation(): {
    /** `AggregationType.DEFAULT` of OpenTelemetry. */
    readonly type: 0;
  } {
    return DEFAULT_AGGREGATION;
  }

  /** Cumulative for each kind of instrument. */
  selectAggregationTemporality(): 1 {
    return CUMULATIVE;
  }

  /** The default of OpenTelemetry. Views may choose another. */
  selectCardinalityLimit(): number {
    return MOST_POINTS;
  }

  /**
   * Collects the metrics without sending them.
   *
   * @throws Error when the reader belongs to no `MeterProvider`.
   */
  async collect(options?: OpenTelemetryTimeout): Promise<OpenTelemetryCollection> {
    if (!this.producer) {
      throw new Error(
        'TsmonMetricReader belongs to no MeterProvider. Pass it to one: new MeterProvider({ readers: [reader] }).',
      );
    }
    return this.producer.collect(options);
  }

  /**
   * Collects the metrics for a flush. When the signal is aborted, callbacks that have not ended are left out, and their
   * instruments keep their last values.
   *
   * @throws as {@link collect}.
   */
  async read(signal: AbortSignal): Promise<SourceMetric[]> {
    const { resourceMetrics, errors } = await this.lastOr(this.collectUntil(signal));
    this.logOnce(errors);
    return sourceMetricsOf(resourceMetrics);
  }

  /**
   * Sends all metrics of the application now. Resolves at once when no application with this source is running.
   *
   * @throws Error when it takes longer than the limit.
   */
  async forceFlush({ timeoutMillis }: OpenTelemetryTimeout = {}): Promise<void> {
    const flushed = Promise.resolve(this.flush?.());
    if (timeoutMillis === undefined) {
      await flushed;
    } else {
      await Deadline.run(systemClock, 'A flush', timeoutMillis, limit => limit.race(flushed));
    }
  }

  /**
   * Collects once more, and sends all metrics of the application as {@link forceFlush}: a process often ends right after the
   * shutdown of its `NodeSDK`. Callbacks that have not ended after a second, or the limit, are left out. The last flush of the
   * application sends what is recorded later.
   *
   * @throws as {@link forceFlush}.
   */
  async shutdown(options: OpenTelemetryTimeout = {}): Promise<void> {
    const { timeoutMillis } = options;
    const begun = new Stopwatch(systemClock);
    try {
      this.kept = await this.producer?.collect({
        timeoutMillis: timeoutMillis ?? SHUTDOWN_TIMEOUT_MS,
      });
    } finally {
      await this.forceFlush(
        timeoutMillis === undefined
          ? {}
          : { timeoutMillis: Math.max(1, timeoutMillis - begun.elapsedMs()) },
      );
    }
  }

  /** Sets what {@link forceFlush} calls. An application with this source calls this itself. */
  onForceFlush(flush: () => Promise<unknown>): void {
    this.flush = flush;
  }

  private async collectUntil(signal: AbortSignal): Promise<OpenTelemetryCollection> {
    try {
      return await abortable(this.collect(), signal);
    } catch (error) {
      if (!signal.aborted) {
        throw error;
      }
      // Callbacks that have ended since the first call have left their values.
      return this.collect({ timeoutMillis: 1 });
    }
  }

  /** After its shutdown a `MeterProvider` may refuse to collect. Those of today go on: requests in flight still count. */
  private async lastOr(
    collecting: Promise<OpenTelemetryCollection>,
  ): Promise<OpenTelemetryCollection> {
    try {
      return await collecting;
    } catch (error) {
      if (this.kept) {
        return this.kept;
      }
      throw error;
    }
  }

  /** Logs the first error in a row: the next flushes would repeat it. */
  private logOnce(errors: readonly unknown[]): void {
    if (errors.length > 0 && !this.hasFailed) {
      log.error(
        'A callback of an observable instrument of OpenTelemetry failed. Its last values are sent until it succeeds again.',
        errors[0],
      );
    }
    this.hasFailed = errors.length > 0;
  }
}
