import { createRequire } from 'node:module';
import { metrics } from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import type { Subject } from '../subject.js';
import { meterProvider } from './meter-provider.js';

process.env.OTEL_SEMCONV_STABILITY_OPT_IN ??= 'http';
const provider = meterProvider();
metrics.setGlobalMeterProvider(provider);
registerInstrumentations({
  meterProvider: provider,
  instrumentations: [new HttpInstrumentation()],
});
createRequire(import.meta.url)('node:http'); // instrumented when it is required

/** Metrics alone, without a tracer provider. */
export const subject: Subject = {};
