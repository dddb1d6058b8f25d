import type { Subject } from '../subject.js';
import { afterEachResponse } from './response-hook.js';
import { meterProvider } from './meter-provider.js';

export const subject: Subject = {
  install(app, platform) {
    const meter = meterProvider().getMeter('bench');
    const requests = meter.createCounter('http.server.requests');
    const durations = meter.createHistogram('http.server.request.duration', { unit: 's' });
    afterEachResponse(app, platform, ({ method, route, status }, seconds) => {
      const attributes = {
        'http.request.method': method,
        'http.route': route,
        'http.response.status_code': status,
      };
      requests.add(1, attributes);
      durations.record(seconds, attributes);
    });
  },
};
