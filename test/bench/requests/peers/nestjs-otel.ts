import { OpenTelemetryModule } from 'nestjs-otel';
import type { Subject } from '../subject.js';
import './http-instrumentation.js';

/** The README adds the module to an SDK with OpenTelemetry's instrumentations, of which the HTTP one records requests. */
export const subject: Subject = {
  imports: [OpenTelemetryModule.forRoot({ metrics: { hostMetrics: true } })],
};
