import type { Exemplar } from '../store/cell.js';
import type { ExemplarStatus } from './status-report.js';

/** Converts an exemplar to JSON values, with a link to its trace in the Google Cloud project. */
export function exemplarStatus(
  { value, timestamp, traceId, spanId }: Exemplar,
  projectId: string | undefined,
): ExemplarStatus {
  return { value, time: timestamp / 1000, traceId, spanId, url: urlOf(traceId, projectId) };
}

function urlOf(traceId: string, projectId: string | undefined): string | undefined {
  return projectId === undefined
    ? undefined
    : `https://console.cloud.google.com/traces/list?project=${encodeURIComponent(projectId)}&tid=${traceId}`;
}
