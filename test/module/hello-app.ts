import { type INestApplication } from '@nestjs/common';
import { Registry, type TsmonModuleOptions } from '../../lib/entry/index.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { startApp } from '../support/test-app.js';

/** Options that keep an application of a test to itself. */
export function ownOptions(): TsmonModuleOptions & { registry: Registry; monitor: FakeMonitor } {
  return {
    registry: new Registry(),
    monitor: new FakeMonitor(),
    target: { serviceName: 'shop', jobName: 'web', dataCenter: 'here', hostName: 'v1' },
    flush: { mode: 'request' },
    housekeeping: { cron: false },
    runtimeStats: false,
  };
}

export const apps: INestApplication[] = [];

export async function start(...args: Parameters<typeof startApp>) {
  const started = await startApp(...args);
  apps.push(started.app);
  return started;
}

/** Ends all that the test has started. */
export async function endAll(): Promise<void> {
  await Promise.all(apps.splice(0).map(app => app.close()));
}
