import type { ChartQuery, Condition } from '../charts.js';
import type { ShownMetric } from '../shown-metric.js';
import type { SeriesNames } from './series-names.js';

/** Writes queries in PromQL. */
export class PromqlWriter {
  /**
   * @param targets matchers that choose the targets: `job_name=~"$job_name"`.
   * @param window the window of rates; by default the one of the names.
   */
  constructor(
    private readonly names: SeriesNames,
    private readonly targets: readonly string[],
    private readonly window = names.window,
  ) {}

  query(query: ChartQuery): string {
    const { metric, measure } = query;
    const labels = this.labelsOf(query);
    switch (measure.of) {
      case 'rate':
        return this.rate(metric, labels);
      case 'share': {
        const all = this.rate(metric, labels);
        // Zero where nothing matches the condition: no line would look like no data.
        return `(${this.rate(metric, labels, [measure.where])} or ${all} * 0) / ${all}`;
      }
      case 'each':
        return this.series(metric);
      case 'largest':
        return `max${by(labels)}(${this.series(metric)})`;
      case 'mean':
        return `avg${by(labels)}(${this.series(metric)})`;
      case 'sum':
        return `sum${by(labels)}(${this.series(metric)})`;
      case 'streams':
        return `count${by(labels)}(${this.series(metric)})`;
      case 'percentile':
        return `histogram_quantile(${measure.percent / 100}, ${this.buckets(metric, labels)})`;
      case 'heatmap':
        return this.buckets(metric, []);
    }
  }

  /** Returns the labels that the lines of a query have. */
  labelsOf({ metric, measure, by: fields }: ChartQuery): string[] {
    const labels = fields.map(field => this.names.labelOf(metric, field));
    const hasText = measure.of === 'streams' && metric.kind.valueType === 'string';
    return hasText ? [...labels, this.names.textLabelOf(metric)] : labels;
  }

  /** The increase of a counter in a second, added up over all instances. */
  rate(
    metric: ShownMetric,
    labels: readonly string[],
    conditions: readonly Condition[] = [],
  ): string {
    return `sum${by(labels)}(rate(${this.series(metric, '', conditions)}[${this.window}]))`;
  }

  private buckets(metric: ShownMetric, labels: readonly string[]): string {
    const series = this.series(metric, '_bucket');
    const counts = metric.kind.cumulative ? `rate(${series}[${this.window}])` : series;
    return `sum${by(['le', ...labels])}(${counts})`;
  }

  /** The selector of all series of a metric. */
  series(metric: ShownMetric, suffix = '', conditions: readonly Condition[] = []): string {
    const matchers = [
      ...this.names.matchers,
      ...this.targets,
      ...conditions.map(condition => this.matcher(metric, condition)),
    ];
    return `${this.names.nameOf(metric)}${suffix}{${matchers.join(',')}}`;
  }

  private matcher(metric: ShownMetric, condition: Condition): string {
    const label = this.names.labelOf(metric, condition.field);
    return 'is' in condition
      ? `${label}="${condition.is}"`
      : `${label}=~"${condition.startsWith}.*"`;
  }
}

function by(labels: readonly string[]): string {
  return labels.length === 0 ? '' : ` by (${labels.join(', ')}) `;
}
