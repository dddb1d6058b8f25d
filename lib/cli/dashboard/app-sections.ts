import type { Chart, Measure, Section } from './charts.js';
import type { ShownMetric } from './shown-metric.js';

/** More fields would make a line for each combination of their values. */
const MOST_FIELDS = 2;

/**
 * Makes the rows for metrics that the dashboard has no charts for: one row for each first part of a name, such as `shop` of
 * `shop/orders`, and in it charts that fit the kinds of the metrics.
 */
export function appSections(metrics: readonly ShownMetric[]): Section[] {
  const sections = new Map<string, Chart[]>();
  for (const metric of metrics) {
    const title = firstPart(metric);
    sections.set(title, [...(sections.get(title) ?? []), ...chartsOf(metric)]);
  }
  return [...sections]
    .map(([title, charts]) => ({ title, charts }))
    .sort((a, b) => (a.title < b.title ? -1 : 1));
}

function firstPart({ name, origin }: ShownMetric): string {
  return /^[^/._]+/.exec((origin?.name ?? name).replace(/^\//, ''))?.[0] ?? 'other';
}

function chartsOf(metric: ShownMetric): Chart[] {
  switch (metric.kind.valueType) {
    case 'distribution':
      return [
        chart(metric, 'heatmap', { of: 'heatmap' }),
        {
          ...chart(metric, 'lines', { of: 'percentile', percent: 95 }),
          title: `${titleOf(metric)}: p95`,
        },
      ];
    case 'string':
    case 'bool':
      return [chart(metric, 'lines', { of: metric.kind.valueType === 'bool' ? 'sum' : 'streams' })];
    default:
      return [
        metric.kind.cumulative
          ? chart(metric, 'stacked', { of: 'rate' })
          : chart(metric, 'lines', { of: 'each' }),
      ];
  }
}

function chart(metric: ShownMetric, style: Chart['style'], measure: Measure): Chart {
  const by = measure.of === 'heatmap' ? [] : metric.fields.slice(0, MOST_FIELDS);
  return {
    title: titleOf(metric),
    description: metric.description,
    style,
    queries: [{ metric, measure, by }],
  };
}

function titleOf({ name, origin }: ShownMetric): string {
  return origin?.name ?? name;
}
