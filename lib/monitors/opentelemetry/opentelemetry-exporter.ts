/**
 * An exporter of OpenTelemetry. Its packages call it a `PushMetricExporter`, such as the `OTLPMetricExporter` of
 * `@opentelemetry/exporter-metrics-otlp-grpc`, `-proto` and `-http`. The values of OpenTelemetry's enums are plain numbers here.
 *
 * @publicApi
 */
export interface OpenTelemetryExporter {
  /** Exports, and calls back once: with code 0 for a success and 1 for a failure. */
  export(
    metrics: OpenTelemetryResourceMetrics,
    resultCallback: (result: OpenTelemetryExportResult) => void,
  ): void;
  /** Sends anything that the exporter has kept. It is called before `shutdown`. */
  forceFlush(): Promise<void>;
  /** Closes the connections. It is called once, when the application has ended. */
  shutdown(): Promise<void>;
  /** 0 when the exporter wants deltas, 1 when it takes cumulative values. */
  selectAggregationTemporality?(instrumentType: string): number;
}

/**
 * The result of one export.
 *
 * @publicApi
 */
export interface OpenTelemetryExportResult {
  /** 0 for a success, 1 for a failure. */
  readonly code: number;
  /** The cause of a failure. */
  readonly error?: Error | undefined;
}

/**
 * Attributes with the types of values that tsmon sends.
 *
 * @publicApi
 */
export type OpenTelemetryAttributes = Record<string, string | number | boolean>;

/**
 * The metrics of one target, in the form of OpenTelemetry's `ResourceMetrics`.
 *
 * @publicApi
 */
export interface OpenTelemetryResourceMetrics {
  /** The target. */
  resource: OpenTelemetryResource;
  /** This library, and the scopes of sources. */
  scopeMetrics: OpenTelemetryScopeMetrics[];
}

/**
 * The target that reports, as a resource of OpenTelemetry.
 *
 * @publicApi
 */
export interface OpenTelemetryResource {
  /** The attributes, such as `service.name` and `service.instance.id`. */
  readonly attributes: OpenTelemetryAttributes;
  /** The attributes as a list of names and values. */
  getRawAttributes(): [string, string | number | boolean][];
  /** Merges two resources. The attributes of `other` win. */
  merge(other: OpenTelemetryResource | null): OpenTelemetryResource;
}

/**
 * The metrics of one library.
 *
 * @publicApi
 */
export interface OpenTelemetryScopeMetrics {
  /** The library. */
  scope: {
    /** The name of its package. */
    readonly name: string;
    /** Its version. */
    readonly version?: string;
  };
  /** The metrics with their points. */
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
      /** Whether the sum never falls. */
      readonly isMonotonic: boolean;
    });

/**
 * One metric whose points have values of one type: 0 for histograms, 1 for exponential histograms, 2 for gauges, 3 for sums.
 *
 * @publicApi
 */
export interface OpenTelemetryMetric<Type extends number, Value> {
  /** The declaration. */
  readonly descriptor: {
    /** The name that the option `metricName` gives. */
    readonly name: string;
    /** The description of the metric. */
    readonly description: string;
    /** The unit, in UCUM. */
    readonly unit: string;
    /** 0 for int, 1 for double. */
    readonly valueType: number;
  };
  /** 1, for cumulative values. */
  readonly aggregationTemporality: number;
  /** The type of the values. */
  readonly dataPointType: Type;
  /** One point for each cell. */
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
  /** The number of samples. */
  readonly count: number;
  /** The sum of the samples. */
  readonly sum?: number;
  /** The bounds between buckets, and the counts. There is one more count than bounds. */
  readonly buckets: {
    /** The upper bound of each bucket except the last. */
    boundaries: number[];
    /** The number of samples in each bucket. */
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
  /** The number of samples. */
  readonly count: number;
  /** The sum of the samples. */
  readonly sum?: number;
  /** The fineness of the buckets: the base is `2 ** 2 ** -scale`. */
  readonly scale: number;
  /** The number of samples below all buckets. */
  readonly zeroCount: number;
  /** The buckets of positive samples. */
  readonly positive: {
    /** Index of the first bucket. */
    offset: number;
    /** The number of samples in each bucket. */
    bucketCounts: number[];
  };
  /** The buckets of negative samples, which are always empty. */
  readonly negative: {
    /** Index of the first bucket. */
    offset: number;
    /** The number of samples in each bucket. */
    bucketCounts: number[];
  };
}
