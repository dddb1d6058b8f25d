import {
  labelKeyOf,
  metricTypeOf,
  STRING_LABEL,
} from '../../../monitors/cloud-monitoring/metric-mapping.js';
import { resourceOf } from '../../../monitors/cloud-monitoring/monitored-resource.js';
import { Task } from '../../../targets/task.js';
import type { Chart, ChartQuery, Condition } from '../charts.js';
import type { ShownMetric } from '../shown-metric.js';

const RESOURCE_TYPE = resourceOf(new Task({ serviceName: '', jobName: '' }), '', '').type;
/** Instances flush once a minute. */
const PERIOD = '60s';
/** A gauge has a gap where no point is in a period. An instance with few requests flushes seldom. */
const GAUGE_PERIOD = '300s';
const MOST_LINES = 20;

const PLOT_TYPES = { lines: 'LINE', stacked: 'STACKED_AREA', heatmap: 'HEATMAP' } as const;

/** Makes a data set of an XyChart. */
export function dataSet(query: ChartQuery, style: Chart['style'], prefix: string) {
  return {
    plotType: PLOT_TYPES[style],
    targetAxis: 'Y1',
    minAlignmentPeriod: PERIOD,
    legendTemplate: legendOf(query),
    timeSeriesQuery: timeSeriesQuery(query, prefix),
  };
}

function timeSeriesQuery(query: ChartQuery, prefix: string) {
  const { metric, measure, by } = query;
  const pick =
    keysOf(query).length > 0 || measure.of === 'each'
      ? {
          pickTimeSeriesFilter: {
            rankingMethod: 'METHOD_MEAN',
            numTimeSeries: MOST_LINES,
            direction: 'TOP',
          },
        }
      : {};
  if (measure.of === 'share') {
    const rates = aggregation(PERIOD, 'ALIGN_RATE', 'REDUCE_SUM', by.map(labelKeyOf));
    return {
      timeSeriesFilterRatio: {
        numerator: { filter: filterOf(metric, prefix, measure.where), aggregation: rates },
        denominator: { filter: filterOf(metric, prefix), aggregation: rates },
        ...pick,
      },
    };
  }
  return {
    timeSeriesFilter: {
      filter: filterOf(metric, prefix),
      aggregation: aggregationOf(query),
      ...pick,
    },
  };
}

function aggregationOf(query: ChartQuery) {
  const { measure, metric } = query;
  const keys = keysOf(query);
  const { cumulative, valueType } = metric.kind;
  const ofMoment = valueType === 'bool' ? 'ALIGN_FRACTION_TRUE' : 'ALIGN_MEAN';
  const samples = cumulative ? 'ALIGN_DELTA' : 'ALIGN_SUM';
  switch (measure.of) {
    case 'each':
      return { alignmentPeriod: GAUGE_PERIOD, perSeriesAligner: ofMoment };
    case 'largest':
      return aggregation(GAUGE_PERIOD, 'ALIGN_MAX', 'REDUCE_MAX', keys);
    case 'mean':
      return aggregation(GAUGE_PERIOD, ofMoment, 'REDUCE_MEAN', keys);
    case 'sum':
      return aggregation(GAUGE_PERIOD, ofMoment, 'REDUCE_SUM', keys);
    case 'streams':
      return aggregation(GAUGE_PERIOD, ofMoment, 'REDUCE_COUNT', keys);
    case 'percentile':
      return aggregation(PERIOD, samples, `REDUCE_PERCENTILE_${measure.percent}`, keys);
    case 'heatmap':
      return aggregation(PERIOD, samples, 'REDUCE_SUM', keys);
    default:
      return aggregation(PERIOD, 'ALIGN_RATE', 'REDUCE_SUM', keys);
  }
}

function aggregation(period: string, aligner: string, reducer: string, keys: readonly string[]) {
  return {
    alignmentPeriod: period,
    perSeriesAligner: aligner,
    crossSeriesReducer: reducer,
    groupByFields: keys.map(key => `metric.label.${key}`),
  };
}

function filterOf(metric: ShownMetric, prefix: string, condition?: Condition): string {
  return [
    `metric.type = "${metricTypeOf(metric, prefix)}"`,
    `resource.type = "${RESOURCE_TYPE}"`,
    ...(condition ? [filterOn(condition)] : []),
  ].join(' AND ');
}

function filterOn(condition: Condition): string {
  const label = `metric.label.${labelKeyOf(condition.field)}`;
  return 'is' in condition
    ? `${label} = "${condition.is}"`
    : `${label} = starts_with("${condition.startsWith}")`;
}

function keysOf({ metric, measure, by }: ChartQuery): string[] {
  const keys = by.map(labelKeyOf);
  const hasText = measure.of === 'streams' && metric.kind.valueType === 'string';
  return hasText ? [...keys, STRING_LABEL] : keys;
}

function legendOf(query: ChartQuery): string {
  if (query.label !== undefined) {
    return query.label;
  }
  if (query.measure.of === 'each') {
    const labels = query.by.map(field => `metric.labels.${labelKeyOf(field)}`);
    return template([...labels, 'resource.labels.task_id']);
  }
  const keys = keysOf(query);
  return keys.length === 0 ? query.metric.name : template(keys.map(key => `metric.labels.${key}`));
}

function template(labels: readonly string[]): string {
  return labels.map(label => `\${${label}}`).join(' ');
}
