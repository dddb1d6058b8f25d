import { describe, expect, it } from 'vitest';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { Registry } from '../../lib/metrics/registry.js';
import { OPEN_METRICS } from '../../lib/prometheus/text-format.js';
import { statusJson } from '../../lib/status/status-json.js';
import { statusPrometheus } from '../../lib/status/status-prometheus.js';
import type { StatusReport } from '../../lib/status/status-report.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { piecesOf, sourceOf, TASK } from './a-source.js';

const span = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };

function setUp() {
  const registry = new Registry();
  const clock = new ManualClock(2_000_000);
  storeOf(registry).useClock(clock);
  const durations = new CumulativeDistribution('durations', { registry });
  durations.addInSpan(700, span, {});
  durations.addInSpan(3, undefined, {});
  return { registry, source: sourceOf(registry, 0), clock };
}

async function exemplarsOf({ source }: ReturnType<typeof setUp>, projectId?: string) {
  const status = source.status();
  const pieces = await piecesOf(
    statusJson({ ...status, setup: { ...status.setup, projectId } }, source),
  );
  const report = JSON.parse(pieces.join('')) as StatusReport;
  return report.metrics[0]!.cells[0]!.exemplars;
}

describe('the exemplars of a status', () => {
  it('have their time and trace', async () => {
    expect(await exemplarsOf(setUp())).toEqual([
      { value: 700, time: expect.closeTo(2_000_000), ...span },
    ]);
  });

  it('have the address of the trace on Google Cloud', async () => {
    expect(await exemplarsOf(setUp(), 'example.com:shop')).toMatchObject([
      {
        url: `https://console.cloud.google.com/traces/list?project=example.com%3Ashop&tid=${span.traceId}`,
      },
    ]);
  });

  it('are in OpenMetrics', async () => {
    const { source } = setUp();
    const pieces = await piecesOf(await statusPrometheus(source.status(), source, OPEN_METRICS));
    expect(pieces.join('')).toMatch(
      / # \{trace_id="a{32}",span_id="b{16}"\} 700 2000(\.\d+)?\n[\s\S]*# EOF\n$/,
    );
  });

  it('stay after a monitor has accepted them, until others replace them', async () => {
    const started = setUp();
    const { registry } = started;
    const [cell] = storeOf(registry).snapshot(registry.instanceMetrics(), TASK);
    cell!.accept();
    expect(await exemplarsOf(started)).toHaveLength(1);
  });
});
