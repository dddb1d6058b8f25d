import { Counter } from '../metrics/counter.js';
import { CumulativeDistribution } from '../metrics/cumulative-distribution.js';
import type { Registry } from '../metrics/registry.js';
import { Units } from '../metrics/units.js';
import { storeOf } from '../store/in-memory-store.js';
import type { FlushReport } from '../flush/flush-report.js';

const FIELDS = { outcome: 'string' } as const;

/**
 * Declares `tsmon/flush/count`, `durations`, `cells` and `bytes`, and returns a function that records a flush in them. The next flush
 * sends them.
 */
export function flushMetricsRecorder(registry: Registry): (report: FlushReport) => void {
  const count = new Counter('tsmon/flush/count', {
    description: 'Flushes by outcome: sent, failed or no-task-number.',
    fields: FIELDS,
    registry,
  });
  const durations = new CumulativeDistribution('tsmon/flush/durations', {
    description: 'How long flushes took.',
    fields: FIELDS,
    units: Units.Milliseconds,
    registry,
  });
  const cells = new Counter('tsmon/flush/cells', {
    description: 'Cells in flushes by outcome: accepted or rejected.',
    fields: FIELDS,
    registry,
  });
  const bytes = new Counter('tsmon/flush/bytes', {
    description: 'Bytes that were accepted, as Cloud Monitoring bills them.',
    units: Units.Bytes,
    registry,
  });
  const store = storeOf(registry);
  let bytesBefore = store.acceptedBytes;
  return ({ outcome, durationMs, accepted, rejected }) => {
    count.add(1, { outcome });
    durations.add(durationMs, { outcome });
    if (accepted > 0) {
      cells.add(accepted, { outcome: 'accepted' });
    }
    if (rejected > 0) {
      cells.add(rejected, { outcome: 'rejected' });
    }
    const { acceptedBytes } = store;
    if (acceptedBytes > bytesBefore) {
      bytes.add(acceptedBytes - bytesBefore);
      bytesBefore = acceptedBytes;
    }
  };
}
