import { Counter } from '../metrics/counter.js';
import { CumulativeDistribution } from '../metrics/distribution-metric.js';
import type { Registry } from '../metrics/registry.js';
import { Units } from '../metrics/units.js';
import type { FlushReport } from '../flush/flush-report.js';

/** Records flushes in `tsmon/flush/count`, `durations` and `cells`. The next flush sends them. */
export class FlushMetrics {
  private readonly count: Counter<{ outcome: 'string' }>;
  private readonly durations: CumulativeDistribution<{ outcome: 'string' }>;
  private readonly cells: Counter<{ outcome: 'string' }>;

  constructor(registry: Registry) {
    this.count = new Counter('tsmon/flush/count', {
      description: 'Flushes by outcome: sent, failed or no-task-number.',
      fields: { outcome: 'string' },
      registry,
    });
    this.durations = new CumulativeDistribution('tsmon/flush/durations', {
      description: 'How long flushes took.',
      fields: { outcome: 'string' },
      units: Units.Milliseconds,
      registry,
    });
    this.cells = new Counter('tsmon/flush/cells', {
      description: 'Cells in flushes by outcome: accepted or rejected.',
      fields: { outcome: 'string' },
      registry,
    });
  }

  record({ outcome, durationMs, accepted, rejected }: FlushReport): void {
    this.count.add(1, { outcome });
    this.durations.add(durationMs, { outcome });
    for (const [count, cellOutcome] of [
      [accepted, 'accepted'],
      [rejected, 'rejected'],
    ] as const) {
      if (count > 0) {
        this.cells.add(count, { outcome: cellOutcome });
      }
    }
  }
}
