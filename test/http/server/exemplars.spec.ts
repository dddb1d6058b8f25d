import type { Server } from 'node:http';
import { context, trace, TraceFlags } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { Controller, Get } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Exemplar } from '../../../lib/store/cell.js';
import { storeOf } from '../../../lib/store/in-memory-store.js';
import { Task } from '../../../lib/targets/task.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { ask, closeAfterEach, PLATFORMS, serve, until, type Served } from './harness.js';

const own = new Task({ serviceName: 's', jobName: 'j' });
const traceId = 'a'.repeat(32);
const spanId = 'b'.repeat(16);
const traceparent = `00-${traceId}-${spanId}-01`;
const clock = new ManualClock();

@Controller()
class ShopController {
  static workMs = 700;

  @Get('quick')
  quick(): string {
    return 'done';
  }

  @Get('slow')
  slow(): string {
    clock.advance(ShopController.workMs);
    return 'done';
  }
}

describe.each(PLATFORMS)('the durations of requests on %s', platform => {
  let served: Served;

  closeAfterEach();
  beforeEach(async () => {
    ShopController.workMs = 700;
    served = await serve(platform, { controllers: [ShopController], clock });
    storeOf(served.registry).keepsExemplars = true;
  });

  function exemplars(): Exemplar[] {
    const { registry, metrics } = served;
    const cells = storeOf(registry).snapshot([metrics.durations], own);
    return cells.flatMap(cell => cell.exemplars ?? []);
  }

  async function get(path: string, headers: Record<string, string> = {}): Promise<void> {
    const before = recorded();
    await ask(served.port, path, { headers });
    await until(() => recorded() > before, 'the request');
  }

  function recorded(): number {
    const cells = storeOf(served.registry).snapshot([served.metrics.responseStatus], own);
    return cells.reduce((sum, { value }) => sum + Number(value), 0);
  }

  it('keep the trace of the header traceparent', async () => {
    await get('/slow', { traceparent });
    expect(exemplars()).toMatchObject([{ value: 700, traceId, spanId }]);
  });

  it('keep the trace of the header X-Cloud-Trace-Context', async () => {
    await get('/slow', { 'X-Cloud-Trace-Context': `${traceId}/255;o=1` });
    expect(exemplars()).toMatchObject([{ traceId, spanId: '00000000000000ff' }]);
  });

  it('keep no trace without a header, or of one that is not sampled', async () => {
    await get('/quick');
    await get('/quick', { traceparent: `00-${traceId}-${spanId}-00` });
    await get('/quick', { traceparent: 'nonsense' });
    expect(exemplars()).toEqual([]);
  });

  it('keep the trace of the slowest request of a bucket', async () => {
    for (const [i, workMs] of [700, 701, 699, 3].entries()) {
      ShopController.workMs = workMs;
      await get('/slow', { traceparent: `00-${traceId}-${String(i + 1).padStart(16, '0')}-01` });
    }
    expect(exemplars()).toMatchObject([
      { value: 3, spanId: '0000000000000004' },
      { value: 701, spanId: '0000000000000002' },
    ]);
  });

  it('keep no trace where exemplars are not kept', async () => {
    storeOf(served.registry).keepsExemplars = false;
    await get('/slow', { traceparent });
    expect(exemplars()).toEqual([]);
  });

  describe('in a span of OpenTelemetry', () => {
    const active = { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16) };

    afterEach(() => context.disable());

    /** Calls the application in a span, as the instrumentation of HTTP does. */
    function traceRequests(traceFlags: TraceFlags): void {
      context.setGlobalContextManager(new AsyncLocalStorageContextManager());
      const span = trace.wrapSpanContext({ ...active, traceFlags });
      const server = served.app.getHttpServer() as Server;
      const emit = server.emit.bind(server) as (...event: unknown[]) => boolean;
      server.emit = ((...event: unknown[]) =>
        event[0] === 'request'
          ? context.with(trace.setSpan(context.active(), span), emit, undefined, ...event)
          : emit(...event)) as Server['emit'];
    }

    it('keep that span, not the one of the header', async () => {
      traceRequests(TraceFlags.SAMPLED);
      await get('/slow', { traceparent });
      expect(exemplars()).toMatchObject([active]);
    });

    it('keep no trace of a span that is not sampled', async () => {
      traceRequests(TraceFlags.NONE);
      await get('/slow');
      expect(exemplars()).toEqual([]);
    });
  });
});
