import { context, trace, TraceFlags } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { activeSpan, spanOfHeaders } from '../lib/trace-context.js';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

describe('the span of headers', () => {
  it.each([
    ['of version 0', `00-${traceId}-${spanId}-01`],
    ['with other flags too', `00-${traceId}-${spanId}-ff`],
    ['of a later version with further parts', `01-${traceId}-${spanId}-01-what-will-come`],
  ])('is that of a traceparent %s', (_, traceparent) => {
    expect(spanOfHeaders(traceparent, undefined)).toEqual({ traceId, spanId });
  });

  it('is that of X-Cloud-Trace-Context, whose span is a decimal number', () => {
    expect(spanOfHeaders(undefined, `${traceId}/${BigInt(`0x${spanId}`)};o=1`)).toEqual({
      traceId,
      spanId,
    });
    expect(spanOfHeaders('nonsense', `${traceId.toUpperCase()}/1;o=1`)).toEqual({
      traceId,
      spanId: '0000000000000001',
    });
    expect(spanOfHeaders(undefined, `${traceId}/${2n ** 64n - 1n};o=1`)?.spanId).toBe(
      'ffffffffffffffff',
    );
  });

  it('is that of traceparent if a request has both headers', () => {
    expect(spanOfHeaders(`00-${traceId}-${spanId}-01`, `${traceId}/1;o=1`)?.spanId).toBe(spanId);
    expect(spanOfHeaders(`00-${traceId}-${spanId}-00`, `${traceId}/1;o=1`)).toBe(undefined);
  });

  it.each([
    ['that is not sampled', `00-${traceId}-${spanId}-00`],
    ['of the forbidden version', `ff-${traceId}-${spanId}-01`],
    ['with no trace', `00-${'0'.repeat(32)}-${spanId}-01`],
    ['with no span', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['in capitals', `00-${traceId.toUpperCase()}-${spanId}-01`],
    ['that is too short', `00-${traceId}-${spanId.slice(1)}-01`],
    ['that came twice', `00-${traceId}-${spanId}-01, 00-${traceId}-${spanId}-01`],
    ['that is an array', [`00-${traceId}-${spanId}-01`]],
    ['that is left out', undefined],
  ])('is undefined for a traceparent %s', (_, traceparent) => {
    expect(spanOfHeaders(traceparent, undefined)).toBe(undefined);
  });

  it.each([
    ['that is not sampled', `${traceId}/1;o=0`],
    ['without options', `${traceId}/1`],
    ['without a span', `${traceId};o=1`],
    ['with the span 0', `${traceId}/0;o=1`],
    ['with a span beyond 64 bits', `${traceId}/${2n ** 64n};o=1`],
    ['with a span of many digits', `${traceId}/${'9'.repeat(100_000)};o=1`],
    ['that is no trace', 'constructor/1;o=1'],
  ])('is undefined for an X-Cloud-Trace-Context %s', (_, header) => {
    expect(spanOfHeaders(undefined, header)).toBe(undefined);
  });
});

describe('the active span', () => {
  afterEach(() => context.disable());

  it('is undefined while the application has no OpenTelemetry', () => {
    expect(activeSpan()).toBe(undefined);
  });

  describe('of OpenTelemetry', () => {
    beforeEach(() => context.setGlobalContextManager(new AsyncLocalStorageContextManager()));

    const inSpan = <T>(traceFlags: TraceFlags, work: () => T): T => {
      const span = trace.wrapSpanContext({ traceId, spanId, traceFlags });
      return context.with(trace.setSpan(context.active(), span), work);
    };

    it('is found without an import, also after an await', async () => {
      const found = await inSpan(TraceFlags.SAMPLED, async () => {
        await Promise.resolve();
        return activeSpan();
      });
      expect(found).toEqual({ traceId, spanId });
    });

    it('is undefined outside of every span', () => {
      expect(activeSpan()).toBe(undefined);
    });

    it('is undefined if it is not sampled', () => {
      expect(inSpan(TraceFlags.NONE, activeSpan)).toBe(undefined);
    });
  });
});
