import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { context, trace } from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OwnWork } from '../lib/own-work.js';

const user = new AsyncLocalStorage<string>();

/** What work sees at its beginning, and after it has waited. */
async function seen(): Promise<unknown[]> {
  const first = user.getStore();
  await sleep(1);
  return [first, user.getStore()];
}

describe('F11 OwnWork', () => {
  it("runs in the context in which it was made, and its caller goes on in the caller's context", async () => {
    const ownWork = user.run('start', () => new OwnWork());
    await user.run('request', async () => {
      expect(await ownWork.run(seen)).toEqual(['start', 'start']);
      expect(await ownWork.runUncounted(seen)).toEqual(['start', 'start']);
      expect(await seen()).toEqual(['request', 'request']);
    });
  });

  it('sees nothing of an AsyncLocalStorage that was first used after the start', async () => {
    const ownWork = new OwnWork();
    const later = new AsyncLocalStorage<string>();
    later.run('request', () => {
      expect(ownWork.run(() => later.getStore())).toBeUndefined();
      expect(later.getStore()).toBe('request');
    });
  });

  it('leaves no context behind for later work', async () => {
    const ownWork = user.run('start', () => new OwnWork());
    ownWork.run(() => user.enterWith('entered by a callback'));
    await ownWork.run(async () => {
      await sleep(1);
      user.enterWith('entered late by a callback');
    });
    expect(ownWork.run(() => user.getStore())).toBe('start');
    expect(user.getStore()).toBeUndefined();
  });

  it('returns and throws what the work does', () => {
    const ownWork = new OwnWork();
    expect(ownWork.run(() => 3)).toBe(3);
    expect(() =>
      ownWork.runUncounted(() => {
        throw new Error('at once');
      }),
    ).toThrow('at once');
  });

  it('works without tracing', () => {
    expect(new OwnWork().run(() => isTracingSuppressed(context.active()))).toBe(false);
  });
});

describe('F11 OwnWork beside OpenTelemetry', () => {
  const exporter = new InMemorySpanExporter();

  beforeEach(() => {
    exporter.reset();
    new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
  });
  afterEach(() => {
    trace.disable();
    context.disable();
  });

  it('makes no spans, while the request that it is called in does before, beside and after', async () => {
    const ownWork = new OwnWork();
    const tracer = trace.getTracer('test');
    const span = (name: string): void => tracer.startSpan(name).end();
    await tracer.startActiveSpan('request', async request => {
      span('before');
      const work = ownWork.run(async () => {
        span('own');
        await sleep(1);
        span('own, later');
        expect(trace.getActiveSpan()).toBeUndefined();
      });
      span('beside');
      await work;
      span('after');
      request.end();
    });
    const spans = exporter.getFinishedSpans();
    expect(spans.map(({ name }) => name)).toEqual(['before', 'beside', 'after', 'request']);
    const traces = new Set(spans.map(one => one.spanContext().traceId));
    expect(traces.size).toBe(1);
  });

  it('makes no spans if tracing was set up after the start', () => {
    trace.disable();
    context.disable();
    const ownWork = new OwnWork();
    new NodeTracerProvider().register();
    expect(ownWork.run(() => isTracingSuppressed(context.active()))).toBe(true);
    expect(isTracingSuppressed(context.active())).toBe(false);
  });
});
