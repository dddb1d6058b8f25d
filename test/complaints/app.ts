import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { afterEach } from 'vitest';
import {
  InMemoryTaskNumAllocator,
  Registry,
  TsmonModule,
  TsmonService,
  type TsmonModuleOptions,
} from '../../lib/entry/index.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import type { ManualClock } from '../../lib/testing/manual-clock.js';
import type { Platform } from '../../lib/platform/platform.js';
import type { Register } from '../support/registrations.js';
import { startApp, type HttpPlatform } from '../support/test-app.js';

/** Options that keep an application of a test to itself. */
export type OwnOptions = TsmonModuleOptions & { registry: Registry; monitor: FakeMonitor };

export function ownOptions(): OwnOptions {
  return {
    registry: new Registry(),
    monitor: new FakeMonitor(),
    allocator: new InMemoryTaskNumAllocator(),
    target: { serviceName: 'shop', jobName: 'web' },
    flush: { mode: 'request' },
    housekeeping: { cron: false, auth: 'closed' },
    runtimeStats: false,
  };
}

interface Setting extends ModuleMetadata {
  readonly platform?: HttpPlatform;
  readonly register?: Register;
  readonly configure?: (app: INestApplication) => void;
  readonly clock?: ManualClock;
  /** What the process runs on. */
  readonly host?: Platform;
}

export interface Started {
  readonly app: INestApplication;
  readonly url: string;
  readonly service: TsmonService;
}

const apps: INestApplication[] = [];

export function closeAppsAfterEach(): void {
  afterEach(async () => {
    await Promise.all(apps.splice(0).map(app => app.close()));
  });
}

/** An application of users, with the library in its root module. */
export async function startWith(
  options: TsmonModuleOptions,
  setting: Setting = {},
): Promise<Started> {
  const { platform, register = TsmonModule.forRoot, configure, clock, host, ...metadata } = setting;
  const imports = [register.call(TsmonModule, options), ...(metadata.imports ?? [])];
  const { app, url } = await startApp({ ...metadata, imports }, platform, configure, builder => {
    if (clock) {
      builder.overrideProvider('TSMON_CLOCK').useValue(clock);
    }
    if (host) {
      builder.overrideProvider('TSMON_PLATFORM').useValue(host);
    }
  });
  apps.push(app);
  return { app, url, service: app.get(TsmonService) };
}

/** The status of the answer to each, one after the other, with its body read to the end. */
export async function statusesOf(url: string, paths: readonly string[]): Promise<number[]> {
  const statuses: number[] = [];
  for (const path of paths) {
    const response = await fetch(url + path);
    await response.arrayBuffer();
    statuses.push(response.status);
  }
  return statuses;
}

/** The requests in the last send, as `status route: count`. */
export function requestsIn({ monitor }: { monitor: FakeMonitor }): string[] {
  return monitor.calls
    .at(-1)!
    .cells.filter(({ metric }) => metric.name === 'http/server_response_status')
    .map(({ fieldValues: [status, route], value }) => `${status} ${route}: ${String(value)}`)
    .toSorted();
}
