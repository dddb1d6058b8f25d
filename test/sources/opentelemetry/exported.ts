import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import type { SourceMetric } from '../../../lib/sources/metric-source.js';

/** A metric in words that both a source and an exporter of OpenTelemetry have. */
interface Comparable {
  readonly name: string;
  readonly scope: string;
  readonly unit: string;
  readonly description: string;
  readonly kind: string;
  readonly isInteger: boolean;
  readonly points: readonly string[];
}

/** OpenTelemetry's own exporter for tests, with cumulative values. */
export function cumulativeExporter(): InMemoryMetricExporter {
  return new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
}

/** What the exporter got last. */
export function exportedBy(exporter: InMemoryMetricExporter): Comparable[] {
  return comparableExport(exporter.getMetrics().at(-1)!);
}

export function comparableExport({ scopeMetrics }: ResourceMetrics): Comparable[] {
  return sorted(
    scopeMetrics.flatMap(({ scope, metrics }) =>
      metrics.map(metric => ({
        name: metric.descriptor.name,
        scope: `${scope.name}@${scope.version}`,
        unit: metric.descriptor.unit,
        description: metric.descriptor.description,
        kind: exportedKind(metric),
        isInteger: metric.descriptor.valueType === 0,
        points: metric.dataPoints
          .filter(({ value }) => typeof value !== 'number' || Number.isFinite(value))
          .map(({ attributes, value }) => point(attributes, exportedValue(value)))
          .toSorted(),
      })),
    ),
  );
}

export function comparableSource(metrics: readonly SourceMetric[]): Comparable[] {
  return sorted(
    metrics.map(({ name, scope, unit, description, kind, isInteger, points }) => ({
      name,
      scope: `${scope?.name}@${scope?.version}`,
      unit,
      description,
      kind,
      isInteger,
      points: points.map(({ attributes, value }) => point(attributes, value)).toSorted(),
    })),
  );
}

function exportedKind(metric: MetricData): string {
  switch (metric.dataPointType) {
    case DataPointType.SUM:
      return metric.isMonotonic ? 'counter' : 'up-down';
    case DataPointType.GAUGE:
      return 'gauge';
    default:
      return 'histogram';
  }
}

/** The parts of a value that have a baseline: not min and max. */
function exportedValue(value: MetricData['dataPoints'][number]['value']): unknown {
  if (typeof value === 'number') {
    return value;
  }
  if (!('buckets' in value)) {
    throw new Error('Exponential histograms are compared elsewhere.');
  }
  const { buckets, count, sum } = value;
  return { bounds: buckets.boundaries, bucketCounts: buckets.counts, count, sum };
}

function point(attributes: object, value: unknown): string {
  const inOrder = Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([inOrder, value]);
}

function sorted(metrics: Comparable[]): Comparable[] {
  const keyOf = (metric: Comparable): string => `${metric.scope} ${metric.name} ${metric.kind}`;
  return metrics.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}
