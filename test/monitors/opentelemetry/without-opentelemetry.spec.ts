import { expect, it, vi } from 'vitest';
import { OpenTelemetryMonitor } from '../../../lib/monitors/opentelemetry/opentelemetry-monitor.js';
import { cell, endTime, queue } from './cells.js';
import { FakeExporter } from './fake-exporter.js';

vi.mock('@opentelemetry/api', () => {
  throw new Error("Cannot find package '@opentelemetry/api'");
});

it('an OpenTelemetryMonitor needs no package of OpenTelemetry but its exporter', async () => {
  await expect(import('@opentelemetry/api')).rejects.toThrow('api');
  const exporter = new FakeExporter();
  const monitor = new OpenTelemetryMonitor({ exporter });
  const { signal } = new AbortController();
  expect(await monitor.send([cell(queue, 1)], endTime, signal)).toEqual({ rejected: [] });
  expect(exporter.exported).toHaveLength(1);
});
