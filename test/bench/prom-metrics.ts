import {
  Counter,
  Histogram,
  Registry,
  type LabelValues,
  type MetricConfiguration,
} from 'prom-client';
import { BUCKET_BOUNDS, LABEL_NAMES, type Labels } from './workload.js';

export type PromName = (typeof LABEL_NAMES)[number];
export type PromLabels = LabelValues<PromName>;

/** Metrics of prom-client. */
export class PromMetrics {
  private readonly registry = new Registry();
  private readonly metrics: (Counter<PromName> | Histogram<PromName>)[] = [];

  counter(name: string): Counter<PromName> {
    const counter = new Counter(this.configuration(name));
    this.metrics.push(counter);
    return counter;
  }

  histogram(name: string): Histogram<PromName> {
    const histogram = new Histogram({ ...this.configuration(name), buckets: [...BUCKET_BOUNDS] });
    this.metrics.push(histogram);
    return histogram;
  }

  /** What a scrape gets. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  /** The sum of all counters, and the number of all samples. */
  async recorded(): Promise<number> {
    let recorded = 0;
    for (const metric of this.metrics) {
      const { values } = await metric.get();
      for (const { value, metricName } of values as { value: number; metricName?: string }[]) {
        recorded += metricName === undefined || metricName.endsWith('_count') ? value : 0;
      }
    }
    return recorded;
  }

  private configuration(name: string): MetricConfiguration<PromName> {
    return { name, help: name, labelNames: LABEL_NAMES, registers: [this.registry] };
  }
}

/** Its types know no booleans; what it does with them is the same as with numbers. */
export function promLabels(labels: Labels): PromLabels {
  return labels as unknown as PromLabels;
}
