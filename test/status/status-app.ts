import {
  ForbiddenException,
  Injectable,
  Module,
  type CanActivate,
  type INestApplication,
} from '@nestjs/common';
import {
  InMemoryTaskNumAllocator,
  Registry,
  TaskNumAllocator,
  TsmonModule,
} from '../../lib/entry/index.js';
import type { StatusReport } from '../../lib/status/status-report.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import type { StatusOptions } from '../../lib/options/tsmon-options.js';
import { startApp, type HttpPlatform } from '../support/test-app.js';
import { HelloController } from '../support/hello-controller.js';

/** Where the report is. */
export const PATH = '/internal/tsmon';

const apps: INestApplication[] = [];

/** Ends what {@link start} has started. */
export async function closeApps(): Promise<void> {
  await Promise.all(apps.splice(0).map(app => app.close()));
}

@Injectable()
export class RefusingGuard implements CanActivate {
  canActivate(): boolean {
    throw new ForbiddenException();
  }
}

interface Given {
  readonly status?: StatusOptions;
  readonly registry?: Registry;
  readonly enabled?: boolean;
  readonly allocator?: TaskNumAllocator;
  readonly providers?: NonNullable<Parameters<typeof startApp>[0]['providers']>;
  readonly configure?: (app: INestApplication) => void;
}

/** An application with the report, on a free port. */
export async function start(platform: HttpPlatform, given: Given = {}) {
  @Module({
    imports: [
      TsmonModule.forRoot({
        target: { serviceName: 'shop', jobName: 'web', dataCenter: 'here', hostName: 'v1' },
        registry: given.registry ?? new Registry(),
        monitor: new FakeMonitor(),
        allocator: given.allocator ?? new InMemoryTaskNumAllocator(),
        enabled: given.enabled,
        runtimeStats: false,
        flush: { mode: 'background' },
        housekeeping: { cron: false, controller: false },
        status: given.status,
      }),
    ],
    controllers: [HelloController],
    providers: given.providers ?? [],
  })
  class AppModule {}
  const { app, url } = await startApp({ imports: [AppModule] }, platform, given.configure);
  apps.push(app);
  return { app, url: url + PATH };
}

/** Everybody may ask for the report. */
export const OPEN: StatusOptions = { enabled: true, auth: 'none' };

/** The report as JSON. */
export async function reportFrom(url: string): Promise<StatusReport> {
  return (await (await fetch(`${url}?format=json`)).json()) as StatusReport;
}
