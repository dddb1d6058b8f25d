import { Bucketer } from '../metrics/bucketer.js';
import { Distribution } from '../metrics/distribution.js';
import type { SourceHistogram } from './metric-source.js';

/** The most bounds of a bucketer, as many as Cloud Monitoring takes. */
const MOST_BOUNDS = 199;

/** A histogram without bounds has one bucket, but a bucketer has at least two. */
const ONLY_BOUND = [0];

/** Makes distributions of histograms that have the same bounds. */
export class HistogramLayout {
  readonly bucketer: Bucketer;
  /** How many buckets become one. */
  private readonly merged: number;

  /** @throws RangeError when the bounds do not rise or are not finite, TypeError when they are not numbers. */
  constructor(readonly bounds: readonly number[]) {
    this.merged = Math.max(1, Math.ceil(bounds.length / MOST_BOUNDS));
    const kept = bounds.filter((_, i) => (i + 1) % this.merged === 0);
    this.bucketer = Bucketer.explicit(kept.length === 0 ? ONLY_BOUND : kept);
  }

  /** Whether there were too many bounds, so that some were left out. */
  get isMerged(): boolean {
    return this.merged > 1;
  }

  fits({ bounds }: SourceHistogram): boolean {
    const own = this.bounds;
    if (bounds === own) {
      return true;
    }
    if (bounds.length !== own.length) {
      return false;
    }
    for (let i = 0; i < own.length; i++) {
      if (bounds[i] !== own[i]) {
        return false;
      }
    }
    return true;
  }

  /** @throws as {@link Distribution.fromCounts}. */
  distributionOf({ bucketCounts, sum }: SourceHistogram): Distribution {
    return Distribution.fromCounts(this.bucketer, this.countsOf(bucketCounts), sum);
  }

  /** Puts samples with other bounds into the buckets of this layout. Exact where the bounds here are among the other ones. */
  carried({ bucketer, bucketCounts, sum }: Distribution): Distribution {
    const { lowerBounds, bucketCount } = this.bucketer;
    const counts = Array.from({ length: bucketCount }, () => 0);
    bucketCounts.forEach((count, i) => {
      const upperBound = bucketer.lowerBounds[i + 1] ?? Infinity;
      counts[lowerBounds.findLastIndex(bound => bound < upperBound)]! += count;
    });
    return Distribution.fromCounts(this.bucketer, counts, sum);
  }

  private countsOf(bucketCounts: readonly number[]): readonly number[] {
    if (this.bounds.length === 0) {
      return [0, ...bucketCounts];
    }
    if (this.merged === 1) {
      return bucketCounts;
    }
    const counts = Array.from({ length: this.bucketer.bucketCount }, () => 0);
    bucketCounts.forEach((count, i) => {
      counts[Math.min(Math.floor(i / this.merged), counts.length - 1)]! += count;
    });
    return counts;
  }
}
