import { systemClock } from '../../../lib/clock/clock.js';
import { CloudMonitoringMonitor } from '../../../lib/monitors/cloud-monitoring/cloud-monitoring-monitor.js';
import type { BenchTable, Effort, Row } from '../bench-table.js';
import { OurMetrics } from '../our-metrics.js';
import { alternated } from '../rounds.js';
import { shareOfPeer } from '../rows.js';
import { SAMPLES_PER_CELL } from '../workload.js';
import { Backend } from './backend.js';
import { collectGarbage } from './collect-garbage.js';
import { timed } from './timed-flush.js';

const CELLS = 20_000;
const CHANGED = CELLS / 100;
const ROUNDS = { short: 5, long: 21 } as const;
const WARM_UP_ROUNDS = 4;
const TARGET = 1 / 20;
/** Too short to be timed alone. */
const FLUSHES_A_ROUND = 20;

export const table: BenchTable = {
  title:
    'flush to Cloud Monitoring, over HTTP to a server in another process, 1 % of the distributions changed',
  measure: async effort => {
    const backend = await Backend.start();
    try {
      return [await compare(backend.url, effort)];
    } finally {
      await backend.stop();
    }
  },
};

async function compare(endpoint: string, effort: Effort): Promise<Row> {
  const monitor = new CloudMonitoringMonitor({
    projectId: 'my-shop',
    endpoint,
    auth: { getRequestHeaders: () => Promise.resolve({ authorization: 'Bearer token' }) },
    clock: { ...systemClock, now: () => metrics.now() },
  });
  const metrics: OurMetrics = new OurMetrics('distributions', CELLS, monitor);
  metrics.record(SAMPLES_PER_CELL);
  const subjects = {
    all: () => cpuMsOf(1, () => metrics.flush()),
    due: () =>
      cpuMsOf(FLUSHES_A_ROUND, () => {
        metrics.recordSome(CHANGED);
        return metrics.flushDue(CHANGED);
      }),
  };
  await alternated(subjects, WARM_UP_ROUNDS);
  const { all, due } = await alternated(subjects, ROUNDS[effort]);
  await monitor.close();
  return shareOfPeer({
    what: `${CHANGED} of ${CELLS.toLocaleString('en')} distributions`,
    unit: 'ms CPU',
    ours: due!,
    peer: 'ours, every cell',
    peerValues: all!,
    target: TARGET,
  });
}

/** CPU milliseconds a flush. */
async function cpuMsOf(flushes: number, flush: () => Promise<void>): Promise<number> {
  await collectGarbage();
  let sumMs = 0;
  for (let i = 0; i < flushes; i++) {
    sumMs += (await timed(flush)).cpuMs;
  }
  return sumMs / flushes;
}
