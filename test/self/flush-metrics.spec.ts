import { describe, expect, it } from 'vitest';
import { flushMetricsRecorder } from '../../lib/self/flush-metrics.js';
import type { FlushReport } from '../../lib/flush/flush-report.js';
import { Counter } from '../../lib/metrics/counter.js';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { Registry } from '../../lib/metrics/registry.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { Units } from '../../lib/metrics/units.js';

const REPORT: FlushReport = {
  outcome: 'sent',
  accepted: 0,
  rejected: 0,
  reasons: [],
  startedAt: 0,
  durationMs: 0,
};

describe('flushMetricsRecorder()', () => {
  it('counts and times flushes by their outcome, and counts their cells', () => {
    const registry = new Registry();
    const record = flushMetricsRecorder(registry);
    record({ ...REPORT, accepted: 10, rejected: 1, durationMs: 30 });
    record({ ...REPORT, accepted: 5, durationMs: 50 });
    record({ ...REPORT, outcome: 'failed', rejected: 7, durationMs: 5000 });
    record({ ...REPORT, outcome: 'no-task-number' });
    const declared = registry.instanceMetrics().map(metric => metric as Counter);
    const named = (name: string): unknown => declared.find(metric => metric.name === name);
    const count = named('tsmon/flush/count') as Counter<{ outcome: 'string' }>;
    const cells = named('tsmon/flush/cells') as Counter<{ outcome: 'string' }>;
    const durations = named('tsmon/flush/durations') as CumulativeDistribution<{
      outcome: 'string';
    }>;
    expect(count.get({ outcome: 'sent' })).toBe(2);
    expect(count.get({ outcome: 'failed' })).toBe(1);
    expect(count.get({ outcome: 'no-task-number' })).toBe(1);
    expect(durations.units).toBe(Units.Milliseconds);
    expect(durations.get({ outcome: 'sent' })).toMatchObject({ count: 2, sum: 80 });
    expect(durations.get({ outcome: 'failed' })).toMatchObject({ count: 1, sum: 5000 });
    expect(cells.get({ outcome: 'accepted' })).toBe(15);
    expect(cells.get({ outcome: 'rejected' })).toBe(8);
  });

  it('counts the bytes of accepted points as Cloud Monitoring bills them, from its start on', () => {
    const registry = new Registry();
    new Counter('orders', { registry }).add(1);
    new CumulativeDistribution('waits', { registry }).add(1);
    const target = { type: 't', key: 't', labels: () => ({}) };
    const accept = (): void =>
      storeOf(registry)
        .snapshot(registry.instanceMetrics(), target)
        .filter(({ metric }) => !metric.name.startsWith('tsmon/'))
        .forEach(snapshot => snapshot.accept());
    accept();
    const record = flushMetricsRecorder(registry);
    record(REPORT);
    const bytes = registry.instanceMetrics().find(({ name }) => name === 'tsmon/flush/bytes');
    expect((bytes as Counter).get()).toBeUndefined();
    accept();
    record(REPORT);
    record(REPORT);
    expect((bytes as Counter).get()).toBe(88);
  });

  it('R2 makes no cell for what never happened', () => {
    const registry = new Registry();
    flushMetricsRecorder(registry)(REPORT);
    const cells = new Counter('tsmon/flush/cells', {
      description: 'Cells in flushes by outcome: accepted or rejected.',
      fields: { outcome: 'string' },
      registry,
    });
    expect(cells.get({ outcome: 'accepted' })).toBeUndefined();
    expect(cells.get({ outcome: 'rejected' })).toBeUndefined();
  });
});
