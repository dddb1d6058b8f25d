import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prometheusText } from '../../lib/entry/prometheus.js';
import { CloudMonitoringMonitor } from '../../lib/monitors/cloud-monitoring/cloud-monitoring-monitor.js';
import { DebugMonitor } from '../../lib/monitors/debug/debug-monitor.js';
import type { Monitor, RejectedCell } from '../../lib/monitors/monitor.js';
import { OpenTelemetryMonitor } from '../../lib/monitors/opentelemetry/opentelemetry-monitor.js';
import { ProdXMonitor } from '../../lib/monitors/prodx/prodx-monitor.js';
import type { Cell } from '../../lib/store/cell.js';
import { FakeCloudMonitoring } from '../monitors/cloud-monitoring/fake-cloud-monitoring.js';
import { FakeExporter } from '../monitors/opentelemetry/fake-exporter.js';
import { ProdXServer } from '../monitors/prodx/prodx-server.js';

/** What became of cells that were sent to a monitor: how many of them, or of their lines, arrived, and why others did not. */
export interface Outcome {
  readonly arrived: number;
  readonly rejected: readonly RejectedCell[];
}

/** Sends the cells to each monitor there is, to servers of this process where it needs one. */
export async function sendToEveryMonitor(
  cells: readonly Cell[],
  endTime: number,
): Promise<Record<string, Outcome>> {
  return {
    'debug text': await toDebug('text', cells, endTime),
    'debug json': await toDebug('json', cells, endTime),
    prometheus: await toPrometheus(cells, endTime),
    prodx: await toProdX(cells, endTime),
    'cloud-monitoring': await toCloudMonitoring(cells, endTime),
    opentelemetry: await toOpenTelemetry(cells, endTime),
  };
}

async function toDebug(
  format: 'text' | 'json',
  cells: readonly Cell[],
  endTime: number,
): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'nestjs-tsmon-'));
  const file = join(folder, 'cells');
  try {
    const rejected = await send(new DebugMonitor({ file, format }), cells, endTime);
    const lines = (await readFile(file, 'utf8')).split('\n').slice(0, -1);
    if (format === 'json') {
      return { arrived: lines.filter(line => JSON.parse(line)).length, rejected };
    }
    return { arrived: lines.filter(line => line.startsWith('  ')).length, rejected };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Each line is a comment, or a series with a value. */
async function toPrometheus(cells: readonly Cell[], endTime: number): Promise<Outcome> {
  const lines = (await prometheusText(cells, endTime)).split('\n').slice(0, -1);
  const broken = lines.filter(line => !SERIES.test(line) && !line.startsWith('#'));
  return {
    arrived: lines.filter(line => SERIES.test(line)).length,
    rejected: broken.map((reason, index) => ({ index, reason, outcome: 'refused' })),
  };
}

const SERIES =
  /^[a-z_0-9]+(\{([a-zA-Z_0-9]+="[^"\\\n]*(\\["\\n][^"\\\n]*)*",?)*\})? [-+.e\dINaf]+$/;

async function toProdX(cells: readonly Cell[], endTime: number): Promise<Outcome> {
  const server = await ProdXServer.start();
  try {
    const monitor = new ProdXMonitor({ endpoint: server.endpoint, insecure: true });
    const rejected = await send(monitor, cells, endTime);
    const arrived = server.received
      .flatMap(({ collections }) => collections)
      .flatMap(collection => collection.metrics_data_set)
      .flatMap(({ data }) => data).length;
    return { arrived, rejected };
  } finally {
    server.stop();
  }
}

async function toCloudMonitoring(cells: readonly Cell[], endTime: number): Promise<Outcome> {
  const server = await new FakeCloudMonitoring().start();
  try {
    const monitor = new CloudMonitoringMonitor({
      projectId: 'my-shop',
      endpoint: server.endpoint,
      auth: { getRequestHeaders: async () => ({ authorization: 'Bearer of-a-test' }) },
    });
    const rejected = await send(monitor, cells, endTime);
    return { arrived: server.written.length, rejected };
  } finally {
    await server.stop();
  }
}

async function toOpenTelemetry(cells: readonly Cell[], endTime: number): Promise<Outcome> {
  const exporter = new FakeExporter();
  const rejected = await send(new OpenTelemetryMonitor({ exporter }), cells, endTime);
  return {
    arrived: exporter.metrics.reduce((sum, { dataPoints }) => sum + dataPoints.length, 0),
    rejected,
  };
}

/** As the flusher does it, in the chunks that the monitor takes. */
async function send(
  monitor: Monitor,
  cells: readonly Cell[],
  endTime: number,
): Promise<RejectedCell[]> {
  const size = monitor.chunkSize || cells.length;
  const all: RejectedCell[] = [];
  for (let start = 0; start < cells.length; start += size) {
    const chunk = cells.slice(start, start + size);
    const { rejected } = await monitor.send(chunk, endTime, AbortSignal.timeout(60_000));
    all.push(...rejected);
  }
  await monitor.close();
  return all;
}
