/**
 * An exporter of OpenTelemetry: what its packages call a `PushMetricExporter`, such as the `OTLPMetricExporter` of
 * `@opentelemetry/exporter-metrics-otlp-grpc`, `-proto` and `-http`. Of OpenTelemetry's enums only the numbers are used.
 *
 * @publicApi
 */
export interface OpenTelemetryExporter {
  /** Calls back once, with code 0 where all was accepted and 1 where it failed. */
  export(
    metrics: OpenTelemetryResourceMetrics,
    resultCallback: (result: OpenTelemetryExportResult) => void,
  ): void;
  /** Sends what it may have kept. Called before `shutdown`. */
  forceFlush(): Promise<void>;
  /** Lets go of its connections. Called once, when the application has ended. */
  shutdown(): Promise<void>;
  /** 0 where it wants deltas, 1 where it takes sums. */
  selectAggregationTemporality?(instrumentType: string): number;
}

/**
 * What an exporter says of one export.
 *
 * @publicApi
 */
export interface OpenTelemetryExportResult {
  /** 0 where all was accepted, 1 where it failed. */
  readonly code: number;
  /** Why it failed. */
  readonly error?: Error | undefined;
}

/**
 * The values of attributes that tsmon sends.
 *
 * @publicApi
 */
export type OpenTelemetryAttributes = Record<string, string | number | boolean>;

/**
 * All that one target reports: the shape of OpenTelemetry's `ResourceMetrics`.
 *
 * @publicApi
 */
export interface OpenTelemetryResourceMetrics {
  /** The target. */
  resource: OpenTelemetryResource;
  /** One entry: all metrics come from this library. */
  scopeMetrics: OpenTelemetryScopeMetrics[];
}

/**
 * Who reports.
 *
 * @publicApi
 */
export interface OpenTelemetryResource {
  /** What tells it from others, such as `service.name` and `service.instance.id`. */
  readonly attributes: OpenTelemetryAttributes;
  /** The same as a list of names and values. */
  getRawAttributes(): [string, string | number | boolean][];
  /** The two in one; what `other` says wins. */
  merge(other: OpenTelemetryResource | null): OpenTelemetryResource;
}

/**
 * What one library reports.
 *
 * @publicApi
 */
export interface OpenTelemetryScopeMetrics {
  /** The library. */
  scope: {
    /** Its package. */
    readonly name: string;
    /** Its version. */
    readonly version?: string;
  };
  /** Its metrics, with their points. */
  metrics: OpenTelemetryMetricData[];
}

/**
 * One metric with its points.
 *
 * @publicApi
 */
export type OpenTelemetryMetricData =
  | OpenTelemetryMetric<0, OpenTelemetryHistogram>
  | OpenTelemetryMetric<1, OpenTelemetryExponentialHistogram>
  | OpenTelemetryMetric<2, number>
  | (OpenTelemetryMetric<3, number> & {
      /** True for a sum that never falls. */
      readonly isMonotonic: boolean;
    });

/**
 * One metric whose points have values of one type: 0 are histograms, 1 exponential histograms, 2 gauges, 3 sums.
 *
 * @publicApi
 */
export interface OpenTelemetryMetric<Type extends number, Value> {
  /** The declaration. */
  readonly descriptor: {
    /** The name, as the option `metricName` makes it. */
    readonly name: string;
    /** What the metric says. */
    readonly description: string;
    /** The unit, in UCUM. */
    readonly unit: string;
    /** 0 for int, 1 for double. */
    readonly valueType: number;
  };
  /** 1: every value counts from its start time on. */
  readonly aggregationTemporality: number;
  /** What the values are. */
  readonly dataPointType: Type;
  /** A point a cell. */
  readonly dataPoints: OpenTelemetryDataPoint<Value>[];
}

/**
 * One value.
 *
 * @publicApi
 */
export interface OpenTelemetryDataPoint<Value> {
  /** Seconds since the epoch, and nanoseconds. */
  readonly startTime: [number, number];
  /** Seconds since the epoch, and nanoseconds. */
  readonly endTime: [number, number];
  /** The fields of the cell. */
  readonly attributes: OpenTelemetryAttributes;
  /** The value of the cell. */
  readonly value: Value;
}

/**
 * A histogram with the bounds of its buckets.
 *
 * @publicApi
 */
export interface OpenTelemetryHistogram {
  /** How many samples there are. */
  readonly count: number;
  /** Their sum. */
  readonly sum?: number;
  /** The bounds between buckets, and one count more than there are bounds. */
  readonly buckets: {
    /** The upper bound of each bucket but the last. */
    boundaries: number[];
    /** How many samples each bucket has. */
    counts: number[];
  };
}

/**
 * A histogram whose bucket `offset + i` reaches from `base ** (offset + i)` to `base ** (offset + i + 1)`, where base
 * is `2 ** 2 ** -scale`.
 *
 * @publicApi
 */
export interface OpenTelemetryExponentialHistogram {
  /** How many samples there are. */
  readonly count: number;
  /** Their sum. */
  readonly sum?: number;
  /** How fine the buckets are: the base is `2 ** 2 ** -scale`. */
  readonly scale: number;
  /** How many samples lie below all buckets. */
  readonly zeroCount: number;
  /** The buckets of positive samples. */
  readonly positive: {
    /** Index of the first bucket. */
    offset: number;
    /** How many samples each bucket has. */
    bucketCounts: number[];
  };
  /** The buckets of negative samples: always empty. */
  readonly negative: {
    /** Index of the first bucket. */
    offset: number;
    /** How many samples each bucket has. */
    bucketCounts: number[];
  };
}
