import { context, ROOT_CONTEXT, type Context, type ContextManager } from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import { afterEach, describe, expect, it } from 'vitest';
import { OpenTelemetryMonitor } from '../../../lib/monitors/opentelemetry/opentelemetry-monitor.js';
import { cell, endTime, queue } from './cells.js';
import { FakeExporter } from './fake-exporter.js';

const never = new AbortController().signal;

describe("an exporter's own requests", () => {
  class OneContext implements ContextManager {
    private current: Context = ROOT_CONTEXT;
    active(): Context {
      return this.current;
    }
    with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
      to: Context,
      work: F,
      self?: ThisParameterType<F>,
      ...args: A
    ): ReturnType<F> {
      const before = this.current;
      this.current = to;
      try {
        return work.apply(self, args);
      } finally {
        this.current = before;
      }
    }
    bind<T>(_: Context, target: T): T {
      return target;
    }
    enable(): this {
      return this;
    }
    disable(): this {
      return this;
    }
  }

  afterEach(() => {
    context.disable();
  });

  it('are not traced', async () => {
    context.setGlobalContextManager(new OneContext());
    const exporter = new FakeExporter();
    let suppressed = false;
    exporter.answer = (_, done) => {
      suppressed = isTracingSuppressed(context.active());
      done({ code: 0 });
    };
    await new OpenTelemetryMonitor({ exporter }).send([cell(queue, 1)], endTime, never);
    expect(suppressed).toBe(true);
    expect(isTracingSuppressed(context.active())).toBe(false);
  });
});
