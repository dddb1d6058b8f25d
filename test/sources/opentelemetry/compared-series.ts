import type {
  Attribute,
  Metric,
  OtlpRequest,
  Point,
} from '../../monitors/opentelemetry/otlp-server.js';

/** A series that an OTLP server has received, without the parts that have no baseline: times, minimum and maximum. */
interface Series {
  readonly scope: string;
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly kind: 'gauge' | 'sum' | 'monotonic sum' | 'histogram';
  readonly temporality: number | undefined;
  readonly attributes: readonly Attribute[];
  readonly value: object;
}

/** The last value of each series. One that did not change need not be sent again. */
export function latestSeries(requests: readonly OtlpRequest[]): Map<string, Series> {
  const all = requests.flatMap(({ resourceMetrics }) =>
    resourceMetrics.flatMap(({ scopeMetrics }) =>
      scopeMetrics.flatMap(({ scope, metrics }) =>
        metrics.flatMap(metric => seriesOf(`${scope.name}@${scope.version}`, metric)),
      ),
    ),
  );
  const latest = new Map(all.map(series => [keyOf(series), series]));
  return new Map([...latest].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function keyOf({ scope, name, attributes }: Series): string {
  return JSON.stringify([scope, name, attributes]);
}

function seriesOf(scope: string, metric: Metric): Series[] {
  const { name, description = '', unit = '', gauge, sum, histogram } = metric;
  const points = gauge ?? sum ?? histogram;
  if (!points) {
    throw new Error(`${name} is neither gauge, sum nor histogram.`);
  }
  const kind = gauge
    ? 'gauge'
    : histogram
      ? 'histogram'
      : points.isMonotonic
        ? 'monotonic sum'
        : 'sum';
  return points.dataPoints.filter(isNumber).map(point => ({
    scope,
    name,
    description,
    unit,
    kind,
    temporality: points.aggregationTemporality,
    attributes: (point.attributes ?? []).toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    value: valueOf(point),
  }));
}

/** Callbacks observe NaN where there is nothing to measure yet. A cell has no such value. */
function isNumber({ asDouble = 0 }: Point): boolean {
  return Number.isFinite(asDouble);
}

function valueOf(point: Point): object {
  const { asInt, asDouble, count, sum, bucketCounts, explicitBounds } = point;
  return { asInt, asDouble, count, sum, bucketCounts, explicitBounds };
}

/** The labels of a target of this library. */
const TARGET_LABELS = new Set(['service_name', 'job_name', 'data_center', 'host_name', 'task_num']);

/** The samples in a text for Prometheus, each with its labels in one order, and without those of the target. */
export function samplesOf(text: string): string[] {
  return text
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#') && !line.endsWith(' NaN'))
    .map(line => {
      const [, name = '', labels = '', value = ''] = /^([^{ ]+)(?:\{(.*)\})? (\S+)$/.exec(line)!;
      const pairs = labels.match(/\w+="(?:[^"\\]|\\.)*"/g) ?? [];
      const own = pairs.filter(pair => !TARGET_LABELS.has(pair.split('=')[0]!));
      return `${name}{${own.toSorted().join(',')}} ${value}`;
    })
    .toSorted();
}

/** The types of all metrics in a text for Prometheus. */
export function typesOf(text: string): string[] {
  return text
    .split('\n')
    .filter(line => line.startsWith('# TYPE'))
    .toSorted();
}
