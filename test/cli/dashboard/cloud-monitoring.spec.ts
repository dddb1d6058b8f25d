import { describe, expect, it } from 'vitest';
import { Counter } from '../../../lib/metrics/counter.js';
import { CumulativeDistribution } from '../../../lib/metrics/cumulative-distribution.js';
import { NonCumulativeDistribution } from '../../../lib/metrics/non-cumulative-distribution.js';
import { BoolGauge, IntGauge, StringGauge } from '../../../lib/metrics/gauge.js';
import { Registry } from '../../../lib/metrics/registry.js';
import { cloudMonitoringDashboard } from '../../../lib/cli/dashboard/cloud-monitoring/cloud-monitoring-dashboard.js';
import { libraryMetrics } from '../../../lib/cli/dashboard/library-metrics.js';
import { dashboardSections } from '../../../lib/cli/dashboard/sections.js';
import { shownMetric } from '../../../lib/cli/dashboard/shown-metric.js';
import { printed } from './printed.js';
import { ProtoSchema } from './proto-schema.js';

interface Tile {
  readonly xPos: number;
  readonly yPos: number;
  readonly width: number;
  readonly height: number;
  readonly widget: {
    readonly title: string;
    readonly xyChart?: { readonly dataSets: readonly DataSet[] };
  };
}

interface DataSet {
  readonly plotType: string;
  readonly timeSeriesQuery: {
    readonly timeSeriesFilter?: {
      readonly filter: string;
      readonly aggregation: Readonly<Record<string, unknown>>;
    };
  };
}

interface Dashboard {
  readonly dashboardFilters: readonly object[];
  readonly mosaicLayout: { readonly columns: number; readonly tiles: readonly Tile[] };
}

const schema = new ProtoSchema('@google-cloud/monitoring-dashboards');
const DASHBOARD = 'google.monitoring.dashboard.v1.Dashboard';

/** A dashboard for one metric of each kind. */
function ofEachKind(): Dashboard {
  const registry = new Registry();
  const metrics = [
    new Counter('shop/orders', { registry, fields: { _odd: 'string' } }),
    new IntGauge('shop/queue', { registry }),
    new BoolGauge('shop/open', { registry }),
    new StringGauge('shop/version', { registry }),
    new CumulativeDistribution('shop/waits', { registry }),
    new NonCumulativeDistribution('shop/ages', { registry }),
  ];
  const sections = dashboardSections(libraryMetrics(), metrics.map(shownMetric));
  const options = { title: 'shop', prefix: 'custom.googleapis.com/x/' };
  return cloudMonitoringDashboard(sections, { targetLabels: [] }, options) as Dashboard;
}

function dataSetOf(title: string): DataSet {
  const tile = ofEachKind().mosaicLayout.tiles.find(({ widget }) => widget.title === title);
  return tile!.widget.xyChart!.dataSets[0]!;
}

describe('the dashboard of Cloud Monitoring', () => {
  it('is what the API takes', async () => {
    for (const options of [[], ['--job', 'shop', '--service', 's', '--project', 'p']]) {
      const dashboard = await printed('--format', 'cloud-monitoring', ...options);
      expect(schema.problems(DASHBOARD, dashboard)).toEqual([]);
    }
    expect(schema.problems(DASHBOARD, ofEachKind())).toEqual([]);
  });

  it('has no tile outside of its columns or on another one', async () => {
    const { mosaicLayout } = await printed<Dashboard>('--format', 'cloud-monitoring');
    const taken = new Set<string>();
    for (const { xPos, yPos, width, height } of mosaicLayout.tiles) {
      expect(xPos + width).toBeLessThanOrEqual(mosaicLayout.columns);
      for (let x = xPos; x < xPos + width; x++) {
        for (let y = yPos; y < yPos + height; y++) {
          expect(taken.has(`${x} ${y}`)).toBe(false);
          taken.add(`${x} ${y}`);
        }
      }
    }
  });

  it('filters by the options', async () => {
    const { dashboardFilters } = await printed<Dashboard>(
      '--format',
      'cloud-monitoring',
      '--job',
      'shop',
    );
    expect(dashboardFilters).toEqual([
      { labelKey: 'project_id', filterType: 'RESOURCE_LABEL' },
      { labelKey: 'namespace', filterType: 'RESOURCE_LABEL' },
      { labelKey: 'job', filterType: 'RESOURCE_LABEL', stringValue: 'shop' },
    ]);
  });

  it.each([
    ['shop/orders', 'STACKED_AREA', 'ALIGN_RATE', 'REDUCE_SUM', ['metric.label.key_odd']],
    ['shop/queue', 'LINE', 'ALIGN_MEAN', undefined, undefined],
    ['shop/open', 'LINE', 'ALIGN_FRACTION_TRUE', 'REDUCE_SUM', []],
    ['shop/version', 'LINE', 'ALIGN_MEAN', 'REDUCE_COUNT', ['metric.label.value']],
    ['shop/waits', 'HEATMAP', 'ALIGN_DELTA', 'REDUCE_SUM', []],
    ['shop/waits: p95', 'LINE', 'ALIGN_DELTA', 'REDUCE_PERCENTILE_95', []],
    ['shop/ages', 'HEATMAP', 'ALIGN_SUM', 'REDUCE_SUM', []],
  ])('draws %s as %s', (title, plotType, perSeriesAligner, crossSeriesReducer, groupByFields) => {
    const { timeSeriesQuery, ...rest } = dataSetOf(title);
    expect(rest.plotType).toBe(plotType);
    const { filter, aggregation } = timeSeriesQuery.timeSeriesFilter!;
    expect(filter).toBe(
      `metric.type = "custom.googleapis.com/x/${title.split(':')[0]}" AND resource.type = "generic_task"`,
    );
    expect(aggregation).toMatchObject({ perSeriesAligner });
    expect([aggregation.crossSeriesReducer, aggregation.groupByFields]).toEqual([
      crossSeriesReducer,
      groupByFields,
    ]);
  });
});
