import { outcomeOf } from '../../../lib/monitors/cloud-monitoring/write-reply.js';
import { apiError } from './fake-cloud-monitoring.js';

export const NOT_WRITTEN = 'One or more TimeSeries could not be written: ';

export function summary(total: number, success: number): Record<string, unknown> {
  return {
    '@type': 'type.googleapis.com/google.monitoring.v3.CreateTimeSeriesSummary',
    totalPointCount: total,
    ...(success > 0 && { successPointCount: success }),
    errors: [{ status: { code: 9 }, pointCount: total - success }],
  };
}

export function outcomeOfMessage(message: string, count: number, details: unknown[] = []): unknown {
  const { status, body } = apiError(400, 'INVALID_ARGUMENT', message, details);
  return outcomeOf({ status, body: JSON.stringify(body) }, count);
}
