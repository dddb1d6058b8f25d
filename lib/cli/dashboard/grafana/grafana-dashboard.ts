import type { Chart, ChartQuery, Section } from '../charts.js';
import { PromqlWriter } from '../promql/queries.js';
import type { SeriesNames, TargetLabel } from '../promql/series-names.js';
import { grafanaRateUnit, grafanaUnit } from './grafana-units.js';

/** What the dashboard is made for. */
interface GrafanaOptions {
  readonly title: string;
  /** The uid of the data source. Undefined for one that is chosen in the dashboard. */
  readonly dataSourceUid: string | undefined;
}

const WIDTH = 8;
const HEIGHT = 8;
const COLUMNS = 24;
/** The version of the dashboard's schema that Grafana 10 writes. Newer versions of Grafana read it. */
const SCHEMA_VERSION = 39;
const DATA_SOURCE_VARIABLE = 'datasource';

/** Makes a dashboard of Grafana, as its import takes it. The data source is a Prometheus, or answers like one. */
export function grafanaDashboard(
  sections: readonly Section[],
  names: SeriesNames,
  { title, dataSourceUid }: GrafanaOptions,
) {
  const datasource = {
    type: 'prometheus',
    uid: dataSourceUid ?? `\${${DATA_SOURCE_VARIABLE}}`,
  };
  const writer = new PromqlWriter(
    names,
    names.targetLabels.map(({ label }) => `${label}=~"$${label}"`),
  );
  const series = anySeries(sections, names);
  return {
    title,
    tags: ['nestjs-tsmon'],
    timezone: 'browser',
    schemaVersion: SCHEMA_VERSION,
    editable: true,
    graphTooltip: 1,
    refresh: '1m',
    time: { from: 'now-6h', to: 'now' },
    templating: {
      list: [
        ...(dataSourceUid === undefined ? [dataSourceVariable()] : []),
        ...names.targetLabels.map(label => targetVariable(label, datasource, series)),
      ],
    },
    panels: panelsOf(sections, writer, names, datasource),
  };
}

type DataSource = { readonly type: string; readonly uid: string };

/** Every series has the labels of the targets. */
function anySeries(sections: readonly Section[], names: SeriesNames): string {
  const { metric } = sections[0]!.charts[0]!.queries[0]!;
  return names.nameOf(metric) + (metric.kind.valueType === 'distribution' ? '_count' : '');
}

function dataSourceVariable() {
  return {
    name: DATA_SOURCE_VARIABLE,
    label: 'Data source',
    type: 'datasource',
    query: 'prometheus',
    current: {},
  };
}

function targetVariable(
  { label, title, value }: TargetLabel,
  datasource: DataSource,
  series: string,
) {
  const query = `label_values(${series}, ${label})`;
  const current =
    value === undefined
      ? { selected: true, text: 'All', value: '$__all' }
      : { selected: true, text: value, value };
  return {
    name: label,
    label: title,
    type: 'query',
    datasource,
    definition: query,
    query: { query, refId: label },
    refresh: 2,
    includeAll: true,
    allValue: '.*',
    multi: false,
    sort: 1,
    current,
  };
}

function panelsOf(
  sections: readonly Section[],
  writer: PromqlWriter,
  names: SeriesNames,
  datasource: DataSource,
) {
  const panels: object[] = [];
  let y = 0;
  for (const { title, charts } of sections) {
    const row = { h: 1, w: COLUMNS, x: 0, y };
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title,
      collapsed: false,
      gridPos: row,
      panels: [],
    });
    y += 1;
    for (const [i, chart] of charts.entries()) {
      const x = (i * WIDTH) % COLUMNS;
      const top = y + Math.floor((i * WIDTH) / COLUMNS) * HEIGHT;
      panels.push({
        id: panels.length + 1,
        gridPos: { h: HEIGHT, w: WIDTH, x, y: top },
        ...panelOf(chart, writer, names, datasource),
      });
    }
    y += Math.ceil((charts.length * WIDTH) / COLUMNS) * HEIGHT;
  }
  return panels;
}

function panelOf(chart: Chart, writer: PromqlWriter, names: SeriesNames, datasource: DataSource) {
  const { title, description, style, queries } = chart;
  const unit = unitOf(queries[0]!, names);
  const targets = queries.map((query, i) => ({
    refId: String.fromCharCode('A'.charCodeAt(0) + i),
    datasource,
    expr: writer.query(query),
    legendFormat: style === 'heatmap' ? '{{le}}' : legendOf(query, writer),
    format: style === 'heatmap' ? 'heatmap' : 'time_series',
    range: true,
    // Exemplars are the dots that open a trace.
    exemplar: query.metric.kind.valueType === 'distribution',
  }));
  const common = { title, description, datasource, targets };
  return style === 'heatmap'
    ? { ...common, ...heatmap(unit) }
    : { ...common, ...timeSeries(unit, style === 'stacked') };
}

function timeSeries(unit: string, isStacked: boolean) {
  return {
    type: 'timeseries',
    fieldConfig: {
      defaults: {
        unit,
        custom: {
          drawStyle: 'line',
          lineWidth: 1,
          fillOpacity: isStacked ? 30 : 0,
          showPoints: 'never',
          stacking: { mode: isStacked ? 'normal' : 'none', group: 'A' },
        },
      },
      overrides: [],
    },
    options: {
      legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  };
}

function heatmap(unit: string) {
  return {
    type: 'heatmap',
    fieldConfig: { defaults: {}, overrides: [] },
    options: {
      calculate: false,
      cellGap: 1,
      color: { mode: 'scheme', scheme: 'Oranges', steps: 64, exponent: 0.5, fill: 'dark-orange' },
      exemplars: { color: 'rgba(31,120,193,0.9)' },
      filterValues: { le: 1e-9 },
      legend: { show: true },
      rowsFrame: { layout: 'auto' },
      tooltip: { mode: 'single', yHistogram: true },
      yAxis: { axisPlacement: 'left', unit },
    },
  };
}

function legendOf(query: ChartQuery, writer: PromqlWriter): string {
  if (query.label !== undefined) {
    return query.label;
  }
  const labels = writer.labelsOf(query);
  if (query.measure.of === 'each') {
    return '__auto';
  }
  return labels.length === 0 ? query.metric.name : labels.map(label => `{{${label}}}`).join(' ');
}

function unitOf({ metric, measure }: ChartQuery, names: SeriesNames): string {
  switch (measure.of) {
    case 'rate':
      return grafanaRateUnit(names.unitOf(metric));
    case 'share':
      return 'percentunit';
    case 'streams':
      return 'short';
    default:
      return grafanaUnit(names.unitOf(metric));
  }
}
