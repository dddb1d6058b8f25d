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
  forceFlush(): Promise<void>;
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
  readonly code: number;
  readonly error?: Error;
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
  resource: OpenTelemetryResource;
  scopeMetrics: OpenTelemetryScopeMetrics[];
}

/**
 * Who reports.
 *
 * @publicApi
 */
export interface OpenTelemetryResource {
  readonly attributes: OpenTelemetryAttributes;
  getRawAttributes(): [string, string | number | boolean][];
  merge(other: OpenTelemetryResource | null): OpenTelemetryResource;
}

/**
 * What one library reports.
 *
 * @publicApi
 */
export interface OpenTelemetryScopeMetrics {
  scope: { readonly name: string; readonly version?: string };
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
  | (OpenTelemetryMetric<3, number> & { readonly isMonotonic: boolean });

/**
 * One metric whose points have values of one type: 0 are histograms, 1 exponential histograms, 2 gauges, 3 sums.
 *
 * @publicApi
 */
export interface OpenTelemetryMetric<Type extends number, Value> {
  readonly descriptor: {
    readonly name: string;
    readonly description: string;
    readonly unit: string;
    /** 0 for int, 1 for double. */
    readonly valueType: number;
  };
  /** 1: every value counts from its start time on. */
  readonly aggregationTemporality: number;
  readonly dataPointType: Type;
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
  readonly endTime: [number, number];
  readonly attributes: OpenTelemetryAttributes;
  readonly value: Value;
}

/**
 * A histogram with the bounds of its buckets.
 *
 * @publicApi
 */
export interface OpenTelemetryHistogram {
  readonly count: number;
  readonly sum?: number;
  readonly buckets: { boundaries: number[]; counts: number[] };
}

/**
 * A histogram whose bucket `offset + i` reaches from `base ** (offset + i)` to `base ** (offset + i + 1)`, where base
 * is `2 ** 2 ** -scale`.
 *
 * @publicApi
 */
export interface OpenTelemetryExponentialHistogram {
  readonly count: number;
  readonly sum?: number;
  readonly scale: number;
  readonly zeroCount: number;
  readonly positive: { offset: number; bucketCounts: number[] };
  readonly negative: { offset: number; bucketCounts: number[] };
}
