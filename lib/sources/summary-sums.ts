import type { PrometheusMetric } from './prometheus-values.js';

type Value = PrometheusMetric['values'][number];

interface Summary {
  readonly count: number;
  readonly sum: number;
}

/**
 * Keeps the sums of a summary from falling. A sum is sent as a counter, for which a fall means that it has begun anew, but
 * negative samples lower it as well. Only the count tells the two apart. A summary that has begun anew, and has as many samples
 * as before at the next read, is therefore taken for one whose sum was lowered.
 */
export class SummarySums {
  private last = new Map<string, Summary>();

  /** Returns the values with each sum that negative samples have lowered as it was, until it is higher again. */
  held({ name, values }: PrometheusMetric): Value[] {
    const isOf = (suffix: string, { metricName }: Value): boolean => metricName === name + suffix;
    const counts = new Map(
      values.filter(value => isOf('_count', value)).map(value => [keyOf(value), value.value]),
    );
    const present = new Map<string, Summary>();
    const held = values.map(value => {
      if (!isOf('_sum', value)) {
        return value;
      }
      const key = keyOf(value);
      const count = counts.get(key) ?? 0;
      const last = this.last.get(key);
      const least = last !== undefined && count >= last.count ? last.sum : 0;
      const sum = Math.max(value.value, least);
      // A sum that is NaN stays so until the registry is reset.
      present.set(key, { count, sum: Number.isNaN(sum) ? least : sum });
      return { ...value, value: sum };
    });
    this.last = present;
    return held;
  }
}

function keyOf({ labels = {} }: Value): string {
  return JSON.stringify(Object.entries(labels).sort());
}
