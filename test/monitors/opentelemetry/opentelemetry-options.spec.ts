import {
  AggregationTemporalityPreference,
  OTLPMetricExporter,
} from '@opentelemetry/exporter-metrics-otlp-http';
import { describe, expect, it } from 'vitest';
import { OpenTelemetryMonitor } from '../../../lib/monitors/opentelemetry/opentelemetry-monitor.js';
import { FakeExporter } from './fake-exporter.js';

describe('options of an OpenTelemetryMonitor', () => {
  const exporter = new FakeExporter();

  it('have defaults that keep the event loop free', () => {
    expect(new OpenTelemetryMonitor({ exporter }).chunkSize).toBe(500);
    expect(new OpenTelemetryMonitor({ exporter, chunkSize: 200 }).chunkSize).toBe(200);
    expect(new OpenTelemetryMonitor({ exporter, chunkSize: 0 }).chunkSize).toBe(0);
  });

  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'Option OpenTelemetryMonitor.exporter must be an exporter'],
    ['null', null, 'OpenTelemetryMonitor options must be an object, got null.'],
    [
      'no exporter',
      {},
      'Option OpenTelemetryMonitor.exporter must be an exporter of OpenTelemetry',
    ],
    ['another object', { exporter: { export: () => 1 } }, 'got an object of class Object'],
    ['a trace exporter', { exporter: { export() {}, shutdown() {} } }, 'forceFlush'],
    ['an unknown one', { exporter, exporters: [] }, 'Unknown option "exporters"'],
    ['a chunk size that is none', { exporter, chunkSize: -1 }, 'chunkSize'],
    ['half a chunk', { exporter, chunkSize: 0.5 }, 'chunkSize'],
    ['no concurrency', { exporter, concurrency: 0 }, 'concurrency'],
    ['a name for all', { exporter, metricName: 'x' }, 'metricName'],
    ['a text as flag', { exporter, exponentialHistograms: 'no' }, 'exponentialHistograms'],
    [
      'attributes that are none',
      { exporter, resourceAttributes: { a: [1] } },
      'resourceAttributes',
    ],
    ['NaN as attribute', { exporter, resourceAttributes: { a: NaN } }, 'resourceAttributes'],
    [
      'an identity of its own',
      { exporter, resourceAttributes: { 'service.instance.id': 'me' } },
      '"service.instance.id"',
    ],
  ])('are refused: %s', (_, options, message) => {
    expect(() => new OpenTelemetryMonitor(options as never)).toThrow(message);
  });

  it.each([AggregationTemporalityPreference.DELTA, AggregationTemporalityPreference.LOWMEMORY])(
    'are refused: an exporter that wants deltas (%i)',
    temporalityPreference => {
      const delta = new OTLPMetricExporter({ temporalityPreference });
      expect(() => new OpenTelemetryMonitor({ exporter: delta })).toThrow(
        /COUNTER.*AggregationTemporalityPreference\.CUMULATIVE/,
      );
    },
  );
});
