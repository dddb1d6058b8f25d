import { Logger } from '@nestjs/common';
import { afterEach, vi } from 'vitest';
import { CloudMonitoringMonitor } from '../../../lib/monitors/cloud-monitoring/cloud-monitoring-monitor.js';
import type { CloudMonitoringMonitorOptions } from '../../../lib/monitors/cloud-monitoring/cloud-monitoring-options.js';
import type { RejectedCell, SendResult } from '../../../lib/monitors/monitor.js';
import type { Cell } from '../../../lib/store/cell.js';
import { FakeCloudMonitoring } from './fake-cloud-monitoring.js';

const undo: (() => unknown)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) {
    await step();
  }
});

/** A server that is stopped after the test. */
export async function startServer(): Promise<FakeCloudMonitoring> {
  const server = await new FakeCloudMonitoring().start();
  undo.push(() => server.stop());
  return server;
}

export const fakeAuth = {
  getRequestHeaders: () => Promise.resolve({ authorization: 'Bearer of-a-test' }),
};

/** A monitor of the project my-shop that is closed after the test. */
export function monitorOf(
  server: Pick<FakeCloudMonitoring, 'endpoint'>,
  options: CloudMonitoringMonitorOptions = {},
): CloudMonitoringMonitor {
  const monitor = new CloudMonitoringMonitor({
    projectId: 'my-shop',
    endpoint: server.endpoint,
    ...(options.credentials ? {} : { auth: fakeAuth }),
    ...options,
  });
  undo.push(() => monitor.close());
  return monitor;
}

/** Sends the cells of one flush, a chunk after the other. Rejects where not even one chunk was answered. */
export async function send(
  monitor: CloudMonitoringMonitor,
  cells: readonly Cell[],
  endTime: number,
  { signal } = new AbortController(),
): Promise<SendResult> {
  const rejected: RejectedCell[] = [];
  const failures: unknown[] = [];
  for (let from = 0; from === 0 || from < cells.length; from += monitor.chunkSize) {
    const chunk = cells.slice(from, from + monitor.chunkSize);
    const result = await monitor.send(chunk, endTime, signal).catch((error: Error) => {
      failures.push(error);
      return { rejected: allUnknown(chunk, error.message) };
    });
    rejected.push(
      ...result.rejected.map(({ index, reason, outcome }) => ({
        index: from + index,
        reason,
        outcome,
      })),
    );
  }
  if (failures.length > 0 && failures.length >= cells.length / monitor.chunkSize) {
    throw failures[0];
  }
  return { rejected };
}

function allUnknown(cells: readonly Cell[], reason: string): RejectedCell[] {
  return cells.map((_, index) => ({ index, reason, outcome: 'unknown' }));
}

/** What is logged during the test. */
export function logged(): { warnings: string[]; errors: string[] } {
  const warnings: string[] = [];
  const errors: string[] = [];
  const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation((text: string) => {
    warnings.push(text);
  });
  const error = vi.spyOn(Logger.prototype, 'error').mockImplementation((text: string) => {
    errors.push(text);
  });
  undo.push(
    () => warn.mockRestore(),
    () => error.mockRestore(),
  );
  return { warnings, errors };
}
