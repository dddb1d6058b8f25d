import { Module, type INestApplication } from '@nestjs/common';
import {
  getToken,
  makeCounterProvider,
  makeHistogramProvider,
  PrometheusModule,
} from '@willsoto/nestjs-prometheus';
import type { Counter, Histogram } from 'prom-client';
import type { Subject } from '../subject.js';
import { afterEachResponse } from './response-hook.js';

const REQUESTS = 'http_requests_total';
const DURATIONS = 'http_request_duration_seconds';
const labelNames = ['method', 'route', 'status'];

@Module({
  imports: [PrometheusModule.register()],
  providers: [
    makeCounterProvider({ name: REQUESTS, help: 'Requests.', labelNames }),
    makeHistogramProvider({ name: DURATIONS, help: 'Durations of requests.', labelNames }),
  ],
})
class MetricsModule {}

/** The package provides metrics but records no requests: the application does that in a hook. */
export const subject: Subject = {
  imports: [MetricsModule],
  install(app: INestApplication, platform) {
    const requests = app.get<Counter>(getToken(REQUESTS));
    const durations = app.get<Histogram>(getToken(DURATIONS));
    afterEachResponse(app, platform, (labels, seconds) => {
      requests.inc({ ...labels });
      durations.observe({ ...labels }, seconds);
    });
  },
};
