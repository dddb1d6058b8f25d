import type { ShownMetric } from './shown-metric.js';

/** A condition on a field. */
export type Condition = { readonly field: string } & (
  { readonly is: string } | { readonly startsWith: string }
);

/** What is drawn of a metric. */
export type Measure =
  /** The increase of a counter in a second. */
  | { readonly of: 'rate' }
  /** The part of the rate for which a condition holds, from 0 to 1. */
  | { readonly of: 'share'; readonly where: Condition }
  /** A gauge: the value of each stream, or the largest, mean or sum of all. */
  | { readonly of: 'each' | 'largest' | 'mean' | 'sum' }
  /** The number of streams: of a StringGauge by its text. */
  | { readonly of: 'streams' }
  /** A percentile of a distribution: 50, 95 or 99. */
  | { readonly of: 'percentile'; readonly percent: 50 | 95 | 99 }
  /** The samples of a distribution by bucket. */
  | { readonly of: 'heatmap' };

/** One query of a chart. */
export interface ChartQuery {
  readonly metric: ShownMetric;
  readonly measure: Measure;
  /** The fields that have a line of their own for each value. */
  readonly by: readonly string[];
  /** Tells the lines of several queries apart. */
  readonly label?: string | undefined;
}

export interface Chart {
  readonly title: string;
  readonly description: string;
  /** Stacked lines add up to a total. */
  readonly style: 'lines' | 'stacked' | 'heatmap';
  readonly queries: readonly ChartQuery[];
}

/** A row of charts under one heading. */
export interface Section {
  readonly title: string;
  readonly charts: readonly Chart[];
}
