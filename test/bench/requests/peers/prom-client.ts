import { Counter, Histogram } from 'prom-client';
import type { Subject } from '../subject.js';
import { afterEachResponse } from './response-hook.js';

const labelNames = ['method', 'route', 'status'] as const;

export const subject: Subject = {
  install(app, platform) {
    const requests = new Counter({ name: 'http_requests_total', help: 'Requests.', labelNames });
    const durations = new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Durations of requests.',
      labelNames,
    });
    afterEachResponse(app, platform, (labels, seconds) => {
      requests.inc(labels);
      durations.observe(labels, seconds);
    });
  },
};
