import type {
  OpenTelemetryDataPoint,
  OpenTelemetryHistogram,
  OpenTelemetryMetricData,
  OpenTelemetryResourceMetrics,
} from '../../monitors/opentelemetry/opentelemetry-exporter.js';
import type { SourceHistogram, SourceMetric, SourcePoint } from '../metric-source.js';
import { explicitBuckets } from './exponential-buckets.js';

/** `DataPointType` of OpenTelemetry. */
const HISTOGRAM = 0;
const EXPONENTIAL_HISTOGRAM = 1;
const GAUGE = 2;

/** `ValueType.INT` of OpenTelemetry. */
const INT = 0;

/** Converts what a `MeterProvider` has collected. Its resource is left out: the target of this library takes its place. */
export function sourceMetricsOf({ scopeMetrics }: OpenTelemetryResourceMetrics): SourceMetric[] {
  return scopeMetrics.flatMap(({ scope, metrics }) =>
    metrics.map(metric => sourceMetricOf(metric, scope)),
  );
}

function sourceMetricOf(
  metric: OpenTelemetryMetricData,
  scope: NonNullable<SourceMetric['scope']>,
): SourceMetric {
  const { name, description, unit, valueType } = metric.descriptor;
  return {
    name,
    description,
    unit,
    kind: kindOf(metric),
    isInteger: valueType === INT,
    scope,
    keepsAttributes: true,
    points: pointsOf(metric),
  };
}

function kindOf(metric: OpenTelemetryMetricData): SourceMetric['kind'] {
  switch (metric.dataPointType) {
    case HISTOGRAM:
    case EXPONENTIAL_HISTOGRAM:
      return 'histogram';
    case GAUGE:
      return 'gauge';
    default:
      return metric.isMonotonic ? 'counter' : 'up-down';
  }
}

function pointsOf(metric: OpenTelemetryMetricData): SourcePoint[] {
  switch (metric.dataPointType) {
    case HISTOGRAM:
      return histogramPoints(metric.dataPoints, explicitHistogram);
    case EXPONENTIAL_HISTOGRAM:
      return histogramPoints(metric.dataPoints, explicitBuckets);
    default:
      return numberPoints(metric.dataPoints);
  }
}

function histogramPoints<Value>(
  points: readonly OpenTelemetryDataPoint<Value>[],
  convert: (value: Value) => SourceHistogram,
): SourcePoint[] {
  return points.map(({ attributes, value }) => ({ attributes, value: convert(value) }));
}

/** Leaves out NaN and infinities: callbacks observe them where there is nothing to measure yet. */
function numberPoints(points: readonly OpenTelemetryDataPoint<number>[]): SourcePoint[] {
  const finite: SourcePoint[] = [];
  for (const { attributes, value } of points) {
    if (Number.isFinite(value)) {
      finite.push({ attributes, value });
    }
  }
  return finite;
}

/** OpenTelemetry keeps no sum where samples may be negative, as in a view that makes a histogram of a gauge. */
function explicitHistogram({ buckets, count, sum = 0 }: OpenTelemetryHistogram): SourceHistogram {
  return { bounds: buckets.boundaries, bucketCounts: buckets.counts, count, sum };
}
