import { context, trace, TraceFlags } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CumulativeDistribution, Registry, TrackMetric, Units } from '../../lib/entry/index.js';
import type { Exemplar } from '../../lib/store/cell.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { Task } from '../../lib/targets/task.js';

const own = new Task({ serviceName: 's', jobName: 'j' });
const span = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };

const registry = new Registry();
const payments = new CumulativeDistribution('payments', { registry, units: Units.Milliseconds });

class Shop {
  @TrackMetric('order', { registry })
  async order(): Promise<void> {
    await Promise.resolve();
  }

  @TrackMetric(payments)
  pay(): void {}
}

describe('@TrackMetric', () => {
  beforeEach(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager());
    storeOf(registry).keepsExemplars = true;
  });
  afterEach(() => {
    context.disable();
    storeOf(registry).reset();
  });

  function exemplars(): Exemplar[] {
    const cells = storeOf(registry).snapshot(registry.instanceMetrics(), own);
    return cells.flatMap(cell => cell.exemplars ?? []);
  }

  const inSpan = <T>(work: () => T): T => {
    const active = trace.wrapSpanContext({ ...span, traceFlags: TraceFlags.SAMPLED });
    return context.with(trace.setSpan(context.active(), active), work);
  };

  it('keeps the span that was active when the call began', async () => {
    await inSpan(() => new Shop().order());
    expect(exemplars()).toMatchObject([span]);
  });

  it('keeps it in a metric of the application too', () => {
    inSpan(() => new Shop().pay());
    expect(exemplars()).toMatchObject([span]);
  });

  it('keeps none outside of a span, and where exemplars are not kept', () => {
    new Shop().pay();
    storeOf(registry).keepsExemplars = false;
    inSpan(() => new Shop().pay());
    expect(exemplars()).toEqual([]);
  });
});
