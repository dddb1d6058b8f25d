import type { SourceHistogram, SourceMetric, SourcePoint } from './metric-source.js';

/** What `get()` of a metric of prom-client returns. */
export interface PrometheusMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly values: readonly PrometheusValue[];
}

export type PrometheusLabels = Readonly<Record<string, string | number | undefined>>;

interface PrometheusValue {
  readonly labels?: PrometheusLabels;
  readonly value: number;
  /** The name of the series, if it is not the name of the metric. */
  readonly metricName?: string;
}

/**
 * Makes metrics of a source from one of prom-client. A summary becomes three: its quantiles, its sum and its count.
 *
 * @param name the name to use instead of its own.
 * @param defaults labels of all values that do not have these labels themselves.
 */
export function metricsOf(
  metric: PrometheusMetric,
  name: string,
  defaults: PrometheusLabels,
): SourceMetric[] {
  const made = (kind: SourceMetric['kind'], points: SourcePoint[], suffix = ''): SourceMetric => ({
    name: name + suffix,
    description: metric.help,
    unit: '',
    kind,
    isInteger: false,
    points,
  });
  const values = (suffix: string): SourcePoint[] =>
    seriesOf(metric, suffix).map(({ labels = {}, value }) => ({
      attributes: attributesOf(labels, defaults),
      value,
    }));
  // Prometheus writes NaN where there is no data, as in the delays of an event loop that were not measured yet.
  const measured = (): SourcePoint[] => values('').filter(({ value }) => !Number.isNaN(value));
  switch (metric.type) {
    case 'counter':
      return [made('counter', values(''))];
    case 'histogram':
      return [made('histogram', histogramPoints(metric, defaults))];
    case 'summary':
      return [
        made('gauge', measured()),
        made('counter', values('_sum'), '_sum'),
        made('counter', values('_count'), '_count'),
      ];
    default:
      return [made('gauge', measured())];
  }
}

/** The values of the series with this suffix, of which a summary and a histogram have several. */
function seriesOf({ name, values }: PrometheusMetric, suffix: string): PrometheusValue[] {
  return values.filter(({ metricName = name }) => metricName === name + suffix);
}

/** The values of labels are texts, also where a number was given. */
function attributesOf(
  labels: PrometheusLabels,
  defaults: PrometheusLabels,
): SourcePoint['attributes'] {
  const attributes: Record<string, string> = {};
  for (const from of [labels, defaults]) {
    for (const name of Object.keys(from)) {
      const value = from[name];
      if (value !== undefined) {
        attributes[name] ??= String(value);
      }
    }
  }
  return attributes;
}

interface Buckets {
  readonly labels: PrometheusLabels;
  /** How many labels there are. */
  readonly labelCount: number;
  /** The upper bounds of the buckets. */
  readonly bounds: number[];
  /** The number of samples up to each bound. */
  readonly upToBounds: number[];
  sum: number;
}

function histogramPoints(
  { name, values }: PrometheusMetric,
  defaults: PrometheusLabels,
): SourcePoint[] {
  const histograms = new Map<string, Buckets>();
  const [bucketName, sumName] = [`${name}_bucket`, `${name}_sum`];
  let present: Buckets | undefined;
  for (const { labels = {}, value, metricName } of values) {
    // The values of one histogram follow each other.
    if (!present || !hasLabelsOf(present, labels)) {
      present = histogramOf(labels, histograms);
    }
    if (metricName === bucketName) {
      present.bounds.push(boundOf(labels['le']));
      present.upToBounds.push(value);
    } else if (metricName === sumName) {
      present.sum = value;
    }
  }
  return Array.from(histograms.values(), histogram => ({
    attributes: attributesOf(histogram.labels, defaults),
    value: histogramValue(histogram),
  }));
}

/** Whether the labels of a value are those of a histogram, apart from the bound of a bucket. */
function hasLabelsOf({ labels: own, labelCount }: Buckets, labels: PrometheusLabels): boolean {
  let count = 0;
  for (const name of Object.keys(labels)) {
    if (name !== 'le') {
      count += 1;
      if (labels[name] !== own[name] || !Object.hasOwn(own, name)) {
        return false;
      }
    }
  }
  return count === labelCount;
}

/** The histogram with these labels. The bound of a bucket is a label, too. */
function histogramOf(labels: PrometheusLabels, histograms: Map<string, Buckets>): Buckets {
  const { le: _, ...own } = labels;
  const names = Object.keys(own).sort();
  let key = '';
  for (const name of names) {
    key += `${name}\0${own[name]}\0`;
  }
  let histogram = histograms.get(key);
  if (!histogram) {
    histogram = { labels: own, labelCount: names.length, bounds: [], upToBounds: [], sum: 0 };
    histograms.set(key, histogram);
  }
  return histogram;
}

function boundOf(le: string | number | undefined): number {
  return le === '+Inf' ? Infinity : Number(le);
}

/** Makes counts of each bucket from the cumulative ones of Prometheus. */
function histogramValue(histogram: Buckets): SourceHistogram {
  const { bounds, upToBounds } = rising(histogram);
  const bucketCounts: number[] = [];
  let count = 0;
  for (const upToBound of upToBounds) {
    bucketCounts.push(upToBound - count);
    count = upToBound;
  }
  return { bounds: bounds.slice(0, -1), bucketCounts, count, sum: histogram.sum };
}

/** Sorts the buckets by their bounds, where they are not sorted already. */
function rising({ bounds, upToBounds }: Buckets): Pick<Buckets, 'bounds' | 'upToBounds'> {
  if (bounds.every((bound, i) => i === 0 || bound >= bounds[i - 1]!)) {
    return { bounds, upToBounds };
  }
  const order = [...bounds.keys()].sort((one, other) => bounds[one]! - bounds[other]!);
  return { bounds: order.map(i => bounds[i]!), upToBounds: order.map(i => upToBounds[i]!) };
}
