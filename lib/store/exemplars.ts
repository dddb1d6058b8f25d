import { isDistribution } from '../metrics/distribution.js';
import type { CellValue } from '../metrics/metric-declaration.js';
import { NOWHERE } from '../metrics/metric-store.js';
import type { TraceSpan } from '../trace-context.js';
import type { Exemplar } from './cell.js';

/**
 * Keeps the exemplars of the distributions of a metric: at most one for each bucket in use. It is the largest sample since the
 * last exemplar of the bucket was accepted by a monitor. An accepted exemplar stays to be shown until another replaces it.
 */
export class Exemplars {
  /** By row and bucket. */
  private readonly rows = new Map<number, Map<number, Exemplar>>();
  private readonly accepted = new WeakSet<Exemplar>();

  /** @param now returns whole microseconds since the epoch. */
  constructor(private readonly now: () => number) {}

  /** Keeps a sample, unless a larger one of its bucket waits to be accepted. */
  offer(row: number, bucket: number, value: number, { traceId, spanId }: TraceSpan): void {
    const kept = this.rows.get(row)?.get(bucket);
    if (row !== NOWHERE && (!kept || kept.value < value || this.accepted.has(kept))) {
      this.bucketsOf(row).set(bucket, { value, timestamp: this.now(), traceId, spanId });
    }
  }

  /** The exemplars of a cell, also those that were accepted, by value. */
  of(row: number): readonly Exemplar[] | undefined {
    const buckets = this.rows.get(row);
    return buckets && [...buckets.values()].sort((one, other) => one.value - other.value);
  }

  /** The exemplars of a cell that no monitor has accepted yet, by value; undefined if there are none. */
  unaccepted(row: number): readonly Exemplar[] | undefined {
    const unaccepted = this.of(row)?.filter(exemplar => !this.accepted.has(exemplar));
    return unaccepted?.length ? unaccepted : undefined;
  }

  accept(exemplars: readonly Exemplar[]): void {
    exemplars.forEach(exemplar => this.accepted.add(exemplar));
  }

  /** Forgets a row whose cell was removed. */
  forget(row: number): void {
    this.rows.delete(row);
  }

  private bucketsOf(row: number): Map<number, Exemplar> {
    let buckets = this.rows.get(row);
    if (!buckets) {
      buckets = new Map();
      this.rows.set(row, buckets);
    }
    return buckets;
  }
}

/** Leaves out exemplars whose bucket is empty in a distribution: an earlier stream has counted their samples (F7). */
export function exemplarsIn(
  value: CellValue,
  exemplars: readonly Exemplar[],
): readonly Exemplar[] | undefined {
  if (!isDistribution(value)) {
    return undefined;
  }
  const { first, counts } = value.usedWindow;
  const present = exemplars.filter(
    ({ value: sample }) => (counts[value.bucketer.bucketOf(sample) - first] ?? 0) > 0,
  );
  return present.length > 0 ? present : undefined;
}
