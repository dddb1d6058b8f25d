import type { Chart, Section } from '../charts.js';
import type { SeriesNames } from '../promql/series-names.js';
import { dataSet } from './data-set.js';

/** What the dashboard is made for. */
interface CloudMonitoringOptions {
  readonly title: string;
  /** The option `metricTypePrefix` of the monitor. */
  readonly prefix: string;
}

const COLUMNS = 48;
const WIDTH = 16;
const HEIGHT = 14;
const HEADER_HEIGHT = 4;

/** Makes a `Dashboard` of Cloud Monitoring, as `gcloud monitoring dashboards create` takes it. */
export function cloudMonitoringDashboard(
  sections: readonly Section[],
  { targetLabels }: Pick<SeriesNames, 'targetLabels'>,
  { title, prefix }: CloudMonitoringOptions,
) {
  return {
    displayName: title,
    dashboardFilters: targetLabels.map(({ label, value }) => ({
      labelKey: label,
      filterType: 'RESOURCE_LABEL',
      ...(value === undefined ? {} : { stringValue: value }),
    })),
    mosaicLayout: { columns: COLUMNS, tiles: tilesOf(sections, prefix) },
  };
}

function tilesOf(sections: readonly Section[], prefix: string) {
  const tiles: object[] = [];
  let y = 0;
  for (const { title, charts } of sections) {
    const header = { title, sectionHeader: { dividerBelow: true } };
    tiles.push({ xPos: 0, yPos: y, width: COLUMNS, height: HEADER_HEIGHT, widget: header });
    y += HEADER_HEIGHT;
    for (const [i, chart] of charts.entries()) {
      tiles.push({
        xPos: (i * WIDTH) % COLUMNS,
        yPos: y + Math.floor((i * WIDTH) / COLUMNS) * HEIGHT,
        width: WIDTH,
        height: HEIGHT,
        widget: widgetOf(chart, prefix),
      });
    }
    y += Math.ceil((charts.length * WIDTH) / COLUMNS) * HEIGHT;
  }
  return tiles;
}

function widgetOf({ title, style, queries }: Chart, prefix: string) {
  return {
    title,
    xyChart: {
      dataSets: queries.map(query => dataSet(query, style, prefix)),
      yAxis: { scale: 'LINEAR' },
      chartOptions: { mode: 'COLOR' },
    },
  };
}
