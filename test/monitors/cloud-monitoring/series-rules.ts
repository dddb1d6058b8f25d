/** A time series as it arrives. */
export interface ReceivedSeries {
  readonly metric: { readonly type: string; readonly labels: Readonly<Record<string, string>> };
  readonly resource: { readonly type: string; readonly labels: Readonly<Record<string, string>> };
  readonly metricKind: string;
  readonly valueType: string;
  readonly unit?: string;
  readonly description?: string;
  readonly points: readonly [ReceivedPoint];
}

export interface ReceivedPoint {
  readonly interval: { readonly startTime?: string; readonly endTime: string };
  readonly value: {
    readonly int64Value?: string;
    readonly doubleValue?: number;
    readonly boolValue?: boolean;
    readonly distributionValue?: ReceivedDistribution;
  };
}

export interface ReceivedDistribution {
  readonly count: string;
  readonly mean?: number;
  readonly bucketCounts?: readonly string[];
  readonly bucketOptions: {
    readonly linearBuckets?: { numFiniteBuckets: number; width: number; offset: number };
    readonly exponentialBuckets?: { numFiniteBuckets: number; growthFactor: number; scale: number };
    readonly explicitBuckets?: { bounds: number[] };
  };
  readonly exemplars?: readonly { readonly value: number }[];
}

const VALUE_FIELDS: Readonly<Record<string, string>> = {
  BOOL: 'boolValue',
  INT64: 'int64Value',
  DOUBLE: 'doubleValue',
  DISTRIBUTION: 'distributionValue',
};
const RESOURCE_LABELS: Readonly<Record<string, string>> = {
  generic_task: 'job,location,namespace,project_id,task_id',
  generic_node: 'location,namespace,node_id,project_id',
};
const LOCATIONS = new Set(['global', 'europe-west1', 'us-central1', 'us-east1']);

/** Whole microseconds since the epoch. */
export function microsOf(time: string): number {
  const match = /^(.*?)(?:\.(\d{1,9}))?Z$/.exec(time);
  return Date.parse(`${match![1]}Z`) * 1000 + Number((match![2] ?? '').padEnd(6, '0').slice(0, 6));
}

export function streamOf({ metric, resource }: ReceivedSeries): string {
  const sorted = (labels: object): unknown => Object.entries(labels).sort();
  return JSON.stringify([
    metric.type,
    sorted(metric.labels),
    resource.type,
    sorted(resource.labels),
  ]);
}

/** What the API refuses a whole request for. */
export function requestFault(all: readonly ReceivedSeries[]): string | undefined {
  if (all.length > 200) {
    return 'Field timeSeries had an invalid value: A maximum of 200 TimeSeries objects can be written in a single request.';
  }
  const seen = new Set<string>();
  for (const [i, series] of all.entries()) {
    const { interval } = series.points[0];
    if (seen.has(streamOf(series))) {
      return `Field timeSeries[${i}] had an invalid value: Duplicate TimeSeries encountered. Only one point can be written per TimeSeries per request.`;
    }
    seen.add(streamOf(series));
    if (
      series.metricKind === 'CUMULATIVE' &&
      microsOf(interval.startTime!) >= microsOf(interval.endTime)
    ) {
      return `Field timeSeries[${i}].points[0].interval.start_time had an invalid value of "${interval.startTime}": The start time must be before the end time (${interval.endTime}) for the non-gauge metric '${series.metric.type}'.`;
    }
    if (!/^(custom|external|workload)\.googleapis\.com\/[\w/.-]+$/.test(series.metric.type)) {
      return `Field timeSeries[${i}].metric.type had an invalid value of "${series.metric.type}": The metric type must be a URL-formatted string with a domain and non-empty path.`;
    }
  }
  return undefined;
}

/** What is wrong with a time series by itself. */
export function seriesFault(series: ReceivedSeries, nowMicros: number): string | undefined {
  return (
    resourceFault(series) ??
    labelFault(series) ??
    timeFault(series.points[0], series.metricKind, nowMicros) ??
    valueFault(series)
  );
}

function resourceFault({ resource }: ReceivedSeries): string | undefined {
  const labels = RESOURCE_LABELS[resource.type];
  if (labels === undefined) {
    return `Metrics cannot be written to ${resource.type}. See https://cloud.google.com/monitoring/custom-metrics/creating-metrics#which-resource for a list of writable resource types.`;
  }
  if (Object.keys(resource.labels).sort().join() !== labels) {
    return 'Unrecognized resource labels.';
  }
  return LOCATIONS.has(resource.labels.location!) ? undefined : 'Unrecognized region or location.';
}

function labelFault({ metric }: ReceivedSeries): string | undefined {
  const labels = Object.entries(metric.labels);
  if (labels.length > 30) {
    return `Field metric.labels had an invalid value: ${labels.length} labels exceed the limit of 30.`;
  }
  for (const [key, value] of labels) {
    if (!/^[a-zA-Z][a-zA-Z0-9_]{0,99}$/.test(key)) {
      return `Field metric.labels had an invalid label key: ${key}`;
    }
    if (typeof value !== 'string' || value.length > 1024) {
      return `Field metric.labels[${key}] had an invalid value: it is longer than 1024 characters.`;
    }
  }
  return undefined;
}

function timeFault(
  { interval: { startTime, endTime } }: ReceivedPoint,
  metricKind: string,
  nowMicros: number,
): string | undefined {
  const end = microsOf(endTime);
  if (metricKind === 'GAUGE' && startTime !== undefined && microsOf(startTime) !== end) {
    return 'Field points[0].interval had an invalid value: a gauge has no duration.';
  }
  return end > nowMicros + 5 * 60e6 || end < nowMicros - 25 * 3600e6
    ? 'Field points[0].interval.end_time had an invalid value: it is too far from now.'
    : undefined;
}

function valueFault({ metricKind, valueType, points, unit }: ReceivedSeries): string | undefined {
  const { value } = points[0];
  if (!['GAUGE', 'CUMULATIVE'].includes(metricKind)) {
    return `Field metricKind had an invalid value: ${metricKind}`;
  }
  if (Object.keys(value).join() !== VALUE_FIELDS[valueType] || unit === '') {
    return 'Field points[0].value had an invalid value: A point has an unrecognized value type.';
  }
  if (value.int64Value !== undefined && !/^-?\d+$/.test(value.int64Value)) {
    return 'Field points[0].value.int64_value had an invalid value.';
  }
  return value.distributionValue && distributionFault(value.distributionValue);
}

function distributionFault(value: ReceivedDistribution): string | undefined {
  const { linearBuckets: linear, exponentialBuckets: exponential } = value.bucketOptions;
  const bounds = value.bucketOptions.explicitBuckets?.bounds;
  const counts = (value.bucketCounts ?? []).map(Number);
  if (value.exemplars?.some(({ value: it }, i, { [i - 1]: last }) => last && it < last.value)) {
    return 'Distribution |exemplars| are not in ascending order of value.';
  }
  if (bounds?.length === 0) {
    return 'Distribution |explicit_buckets.bounds| does not have at least one entry.';
  }
  if (bounds?.some((bound, i) => i > 0 && bound <= bounds[i - 1]!)) {
    return 'Distribution |explicit_buckets.bounds| do not increase.';
  }
  const buckets = bounds ? bounds.length + 1 : (linear ?? exponential)!.numFiniteBuckets + 2;
  if (buckets > 200 || counts.length > buckets) {
    return 'Distribution has too many bucket_counts.';
  }
  if ((linear?.width ?? 1) <= 0 || (exponential?.growthFactor ?? 2) <= 1) {
    return 'Distribution has an invalid width or growth factor of buckets.';
  }
  if (counts.reduce((a, b) => a + b, 0) !== Number(value.count)) {
    return 'Distribution count does not equal the sum of its bucket_counts.';
  }
  return value.count === '0' && value.mean ? 'Distribution mean must be 0.' : undefined;
}
