import type { AttributeValue, MetricOrigin } from '../metrics/metric-origin.js';

/**
 * A histogram at one moment, cumulative since its stream began.
 *
 * @publicApi
 */
export interface SourceHistogram {
  /** Rising upper bounds of all buckets but the last, as Prometheus and OpenTelemetry have them (closed above). */
  readonly bounds: readonly number[];
  /** The number of samples in each bucket. There is one bucket more than there are bounds. */
  readonly bucketCounts: readonly number[];
  /** The number of all samples. */
  readonly count: number;
  /** The sum of all samples. */
  readonly sum: number;
}

/**
 * One value of a metric.
 *
 * @publicApi
 */
export interface SourcePoint {
  /** The attributes, or labels. They may differ from point to point. */
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  /** The value: a histogram if the metric is one. */
  readonly value: number | SourceHistogram;
}

/**
 * A metric that another library keeps.
 *
 * @publicApi
 */
export interface SourceMetric {
  /** The original name, such as `http.server.request.duration`. */
  readonly name: string;
  /** What the metric means; the empty string if nothing is known. */
  readonly description: string;
  /** The unit as the source gives it, in UCUM, or the empty string. */
  readonly unit: string;
  /**
   * A `counter` never falls, except when it starts anew. An `up-down` is a cumulative sum that may fall (an UpDownCounter of
   * OpenTelemetry). A `gauge` is a present value.
   */
  readonly kind: MetricOrigin['kind'];
  /** Whether values are integers. */
  readonly isInteger: boolean;
  /** The instrumentation scope, for OpenTelemetry. */
  readonly scope?: {
    /** The name of the scope, mostly the name of a package. */
    readonly name: string;
    /** Its version. */
    readonly version?: string;
  };
  /**
   * Whether each read hands out the same objects as attributes, which nobody changes. Their cells are then found without
   * reading the attributes again.
   *
   * @default false
   */
  readonly keepsAttributes?: boolean;
  /** The present values, one for each set of attributes. A set that is missing has vanished, and its cell is removed. */
  readonly points: readonly SourcePoint[];
}

/**
 * Metrics that another library keeps. They are read at each flush.
 *
 * @publicApi
 */
export interface MetricSource {
  /** The name in the log and on the status page. */
  readonly name: string;
  /**
   * Reads the present values. Must resolve or reject soon after the signal is aborted: later values are not used.
   */
  read(signal: AbortSignal): Promise<readonly SourceMetric[]>;
  /** Is told how to flush the application, if the other library can ask for that. */
  onForceFlush?(flush: () => Promise<unknown>): void;
}
