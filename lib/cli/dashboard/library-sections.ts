import type { Chart, ChartQuery, Measure, Section } from './charts.js';
import type { LibraryMetrics } from './library-metrics.js';

const RATE: Measure = { of: 'rate' };
const PERCENTILES = [50, 95, 99] as const;

/** The rows for what the library records by itself. */
export function librarySections(metrics: LibraryMetrics): Section[] {
  const query = (
    name: string,
    measure: Measure,
    by: readonly string[] = [],
    label?: string,
  ): ChartQuery => ({ metric: metrics(name), measure, by, label });
  const chart = (title: string, style: Chart['style'], ...queries: ChartQuery[]): Chart => ({
    title,
    description: queries[0]!.metric.description,
    style,
    queries,
  });
  const percentiles = (name: string): ChartQuery[] =>
    PERCENTILES.map(percent => query(name, { of: 'percentile', percent }, [], `p${percent}`));
  const p95 = { of: 'percentile', percent: 95 } as const;
  const failed = { of: 'share', where: { field: 'status', startsWith: '5' } } as const;
  return [
    {
      title: 'HTTP',
      charts: [
        chart('Requests by route', 'stacked', query('http/server_response_status', RATE, ['name'])),
        chart(
          'Requests by status',
          'stacked',
          query('http/server_response_status', RATE, ['status']),
        ),
        chart(
          'Share of requests that failed (5xx)',
          'lines',
          query('http/server_response_status', failed),
        ),
        chart(
          'Failed (5xx) by route',
          'lines',
          query('http/server_response_status', failed, ['name']),
        ),
        chart('Latency', 'heatmap', query('http/server_durations', { of: 'heatmap' })),
        chart('Latency: percentiles', 'lines', ...percentiles('http/server_durations')),
        chart('Latency by route: p95', 'lines', query('http/server_durations', p95, ['name'])),
        chart(
          'Size of requests by route: p95',
          'lines',
          query('http/server_request_bytes', p95, ['name']),
        ),
        chart(
          'Size of responses by route: p95',
          'lines',
          query('http/server_response_bytes', p95, ['name']),
        ),
      ],
    },
    {
      title: 'Node.js',
      charts: [
        chart(
          'CPU of all instances (seconds a second)',
          'stacked',
          query('nodejs/cpu/user', RATE, [], 'user'),
          query('nodejs/cpu/system', RATE, [], 'system'),
        ),
        chart(
          'Memory of an instance',
          'lines',
          query('nodejs/mem/rss', { of: 'largest' }, [], 'rss, largest'),
          query('nodejs/mem/rss', { of: 'mean' }, [], 'rss, mean'),
          query('nodejs/mem/heap_used', { of: 'largest' }, [], 'heap used, largest'),
          query('nodejs/mem/heap_used', { of: 'mean' }, [], 'heap used, mean'),
        ),
        chart(
          'Event loop: utilization',
          'lines',
          query('nodejs/event_loop/utilization', { of: 'largest' }, [], 'largest'),
          query('nodejs/event_loop/utilization', { of: 'mean' }, [], 'mean'),
        ),
        chart(
          'Event loop: delay, largest of all instances',
          'lines',
          query('nodejs/event_loop/delay', { of: 'largest' }, ['statistic']),
        ),
        chart(
          'Garbage collection: pauses of all instances',
          'stacked',
          query('nodejs/gc/pause_total', RATE, ['kind']),
        ),
        chart(
          'Active resources, largest of all instances',
          'lines',
          query('nodejs/active_resources', { of: 'largest' }, ['type']),
        ),
      ],
    },
    {
      title: 'Flushes',
      charts: [
        chart('Flushes by outcome', 'stacked', query('tsmon/flush/count', RATE, ['outcome'])),
        chart(
          'Duration of flushes: p95',
          'lines',
          query('tsmon/flush/durations', p95, ['outcome']),
        ),
        chart('Cells by outcome', 'stacked', query('tsmon/flush/cells', RATE, ['outcome'])),
        chart('Bytes accepted', 'lines', query('tsmon/flush/bytes', RATE)),
        chart(
          'Recordings dropped: too many cells',
          'lines',
          query('tsmon/dropped_cells', RATE, ['metric']),
        ),
        chart('Wrong calls ignored', 'lines', query('tsmon/misused', RATE, ['metric'])),
        chart('Sends of unknown outcome', 'lines', query('tsmon/unknown_sends', RATE)),
      ],
    },
    {
      title: 'Instances',
      charts: [
        chart('Instances that report', 'lines', query('presence/up', { of: 'streams' })),
        chart(
          'Task numbers',
          'lines',
          query('tsmon/instances/assigned', RATE, [], 'assigned'),
          query('tsmon/instances/released', RATE, [], 'released'),
          query('tsmon/instances/expired', RATE, [], 'expired'),
        ),
        chart('Versions of Node.js', 'stacked', query('nodejs/version', { of: 'streams' })),
      ],
    },
  ];
}
