import {
  All,
  Body,
  Controller,
  Get,
  HttpCode,
  Logger,
  Module,
  Param,
  Post,
  Query,
  type INestApplication,
} from '@nestjs/common';
import { vi } from 'vitest';
import {
  Counter,
  Device,
  InMemoryTaskNumAllocator,
  Registry,
  TrackMetric,
  TsmonModule,
  withTarget,
  type FieldValues,
  type TrackedCall,
} from '../../lib/entry/index.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { startApp, type HttpPlatform } from '../support/test-app.js';

const FIELDS = { text: 'string', n: 'int', yes: 'bool' } as const;
type Fields = FieldValues<typeof FIELDS>;

/** The names that HTTP metrics may have: the templates of the routes, and the empty one. */
export const ROUTE_NAMES = [
  '',
  '/items/:name',
  '/devices/:name',
  '/search',
  '/orders',
  '/internal/tsmon',
  '/internal/cron/ts_mon/housekeeping',
];

/** An application that records whatever strangers send, and all that its log has. */
export interface HostileApp {
  readonly app: INestApplication;
  readonly port: number;
  readonly registry: Registry;
  readonly log: readonly string[];
}

export const CELLS_PER_METRIC = 100;

export async function startHostileApp(platform: HttpPlatform): Promise<HostileApp> {
  const registry = new Registry();
  const options = { registry };
  const items = new Counter('hostile/items', { fields: { name: 'string' }, ...options });
  const devices = new Counter('hostile/devices', options);
  const orders = new Counter('hostile/orders', { fields: FIELDS, ...options });

  @Controller()
  class HostileController {
    @All('items/:name')
    item(@Param('name') name: string): string {
      items.add(1, { name });
      return 'ok';
    }

    @Get('devices/:name')
    device(@Param('name') hostname: string): string {
      withTarget(new Device({ hostname, role: hostname }), () => devices.add(1));
      return 'ok';
    }

    /** The fields are what a stranger has put in the query. */
    @Get('search')
    @TrackMetric('hostile/search', {
      fields: { q: 'string' },
      map: (call: TrackedCall) => call.args[0] as { q: string },
      ...options,
    })
    search(@Query() query: object): number {
      return Object.keys(query).length;
    }

    @Post('orders')
    @HttpCode(200)
    order(@Body() body: unknown): string {
      try {
        orders.add(1, body as Fields);
        return 'placed';
      } catch (error) {
        return (error as Error).name;
      }
    }
  }

  @Module({
    imports: [
      TsmonModule.forRoot({
        registry,
        monitor: new FakeMonitor(),
        allocator: new InMemoryTaskNumAllocator(),
        flush: { mode: 'background' },
        runtimeStats: false,
        limits: { cellsPerMetric: CELLS_PER_METRIC },
        housekeeping: { cron: false, auth: 'app-engine' },
        status: { enabled: true, auth: 'closed' },
      }),
    ],
    controllers: [HostileController],
  })
  class HostileModule {}

  const log = logged();
  const { app, url } = await startApp({ imports: [HostileModule] }, platform, one =>
    one.enableShutdownHooks(),
  );
  return { app, port: Number(new URL(url).port), registry, log };
}

/** What everybody logs from now on, Nest itself included. */
function logged(): string[] {
  const lines: string[] = [];
  for (const level of ['log', 'warn', 'error', 'debug', 'verbose', 'fatal'] as const) {
    vi.spyOn(Logger.prototype, level).mockImplementation((...said: unknown[]) => {
      lines.push(said.map(String).join(' '));
    });
  }
  return lines;
}
