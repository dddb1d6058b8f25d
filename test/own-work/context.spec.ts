import { AsyncLocalStorage } from 'node:async_hooks';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Get, type INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HOUSEKEEPING_PATH } from '../../lib/housekeeping/housekeeping.controller.js';
import {
  HousekeepingService,
  IntGauge,
  registerCallback,
  registerGlobalCallback,
  Registry,
  TsmonModule,
  TsmonService,
  withTarget,
  type Monitor,
  type SendResult,
  type TsmonModuleOptions,
} from '../../lib/entry/index.js';
import { StatusPage } from '../../lib/status/page/status-page.js';
import { STATUS_PATH } from '../../lib/status/status.controller.js';
import { Task } from '../../lib/targets/task.js';
import type { TargetGroupReport } from '../../lib/task-numbers/target-group-report.js';
import {
  NoTaskNumberError,
  TaskNumAllocator,
  type AssignmentReport,
} from '../../lib/task-numbers/task-num-allocator.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { PLATFORMS, startApp, type HttpPlatform } from '../support/test-app.js';

/** What an application keeps of each request, as nestjs-cls does. */
const user = new AsyncLocalStorage<string>();

/** Who was called, and in which context: `callback: start`. */
let seen: string[] = [];

async function note(who: string): Promise<void> {
  seen.push(`${who}: ${user.getStore()}`);
  await sleep(1);
  seen.push(`${who}, later: ${user.getStore()}`);
}

class NotingMonitor implements Monitor {
  readonly chunkSize = 0;
  async send(): Promise<SendResult> {
    await note('monitor');
    return { rejected: [] };
  }
  async close(): Promise<void> {
    await note('closing of the monitor');
  }
}

class NotingAllocator extends TaskNumAllocator {
  readonly expirationSec = 600;
  private claimed = false;

  async notifyTaskIsAlive(): Promise<number> {
    await note('heartbeat');
    if (!this.claimed) {
      this.claimed = true;
      throw new NoTaskNumberError();
    }
    return 0;
  }

  /** It knows nothing of `whileHeld`: then global metrics are reported after it. */
  async assignTaskNumbers(): Promise<AssignmentReport> {
    await note('assignment');
    return { skipped: false, targets: 1, instances: 1, assigned: 0, expired: 0, durationMs: 1 };
  }

  async release(): Promise<void> {
    await note('release');
  }

  override async instances(): Promise<TargetGroupReport> {
    await note('instances');
    return { instances: [], truncated: false, lease: { held: false } };
  }
}

class NotingClock extends ManualClock {
  override after(...args: Parameters<ManualClock['after']>): () => void {
    seen.push(`timer: ${user.getStore()}`);
    return super.after(...args);
  }
}

@Controller()
class OrdersController {
  @Get('orders')
  order(): string {
    return 'ordered';
  }
}

const PARTS_OF_A_FLUSH = ['callback', 'heartbeat', 'monitor', 'second monitor', 'timer'];

let app: INestApplication | undefined;
let clock: ManualClock;
let url: string;

beforeEach(() => {
  seen = [];
  clock = new NotingClock();
});
afterEach(async () => {
  await app?.close();
  vi.restoreAllMocks();
});

async function start(platform: HttpPlatform): Promise<void> {
  const registry = new Registry();
  const gauge = new IntGauge('customers', { registry });
  registerCallback(() => note('callback'), { registry });
  registerGlobalCallback('customers', [gauge], () => note('global callback'));
  const second = new FakeMonitor();
  second.answer = async () => {
    await note('second monitor');
    return { rejected: [] };
  };
  ({ app, url } = await user.run('start', () =>
    startApp(
      {
        imports: [
          TsmonModule.forRoot({
            registry,
            monitor: [new NotingMonitor(), second],
            allocator: new NotingAllocator(),
            taskNumbers: { heartbeatSec: 30 },
            settings: async () => {
              await note('settings');
              return {};
            },
            flush: { mode: 'request' },
            housekeeping: { cron: false, auth: 'none' },
            status: { enabled: true, auth: 'none' },
            runtimeStats: false,
          }),
        ],
        controllers: [OrdersController],
      },
      platform,
      one => (platform === 'express' ? useOnExpress(one) : useOnFastify(one)),
      builder => builder.overrideProvider('TSMON_CLOCK').useValue(clock),
    ),
  ));
  // Below the library's own wrapper of it: called when the response is let go.
  (app.getHttpServer() as NodeJS.EventEmitter).prependListener(
    'request',
    (_: unknown, response: ServerResponse) => {
      const end = response.end.bind(response) as (...args: unknown[]) => ServerResponse;
      response.end = (...args: unknown[]) => {
        seen.push(`end of the response: ${user.getStore()}`);
        return end(...args);
      };
    },
  );
  // The claim is made a moment after the server listens. It is refused.
  clock.advance(100);
  await vi.waitUntil(() => seen.includes('heartbeat, later: start'));
  seen = [];
}

function useOnExpress(one: INestApplication): void {
  one.use((_request: unknown, _response: unknown, next: () => void) => user.run('request', next));
}

function useOnFastify(one: INestApplication): void {
  const fastify = one.getHttpAdapter().getInstance() as HookedInstance;
  fastify.addHook('onRequest', (_request, _reply, done) => user.run('request', done));
}

/** What is used of Fastify. */
interface HookedInstance {
  addHook(
    name: 'onRequest',
    hook: (request: unknown, reply: unknown, done: () => void) => void,
  ): void;
}

/** Where each part of the work was done, without repetitions. */
function contexts(): string[] {
  return [...new Set(seen.map(text => text.replace(', later', '')))].sort();
}

describe.each(PLATFORMS)('F11 on %s', platform => {
  it('a flush of an elected request, with its settings, runs in the context of the start, and the request goes on in its own', async () => {
    await start(platform);
    clock.advance(61_000);
    expect(await (await fetch(`${url}/orders`)).text()).toBe('ordered');
    expect(contexts()).toEqual(
      [...PARTS_OF_A_FLUSH, 'settings']
        .map(part => `${part}: start`)
        .concat('end of the response: request')
        .sort(),
    );
  });

  it('housekeeping, the status and a flush by hand within a request run in the context of the start, too', async () => {
    await start(platform);
    await user.run('request', async () => {
      await app!.get(HousekeepingService).run();
      await app!.get(TsmonService).flush();
      expect(user.getStore()).toBe('request');
    });
    const load = StatusPage.load.bind(StatusPage);
    vi.spyOn(StatusPage, 'load').mockImplementation(async () => {
      await note('page');
      return load();
    });
    await fetch(`${url}${STATUS_PATH}`, { headers: { accept: 'text/html' } });
    await fetch(`${url}${STATUS_PATH}/instances`);
    await fetch(`${url}${HOUSEKEEPING_PATH}`);
    expect(contexts()).toEqual(
      [...PARTS_OF_A_FLUSH, 'assignment', 'global callback', 'instances', 'page']
        .map(part => `${part}: start`)
        .concat('end of the response: request')
        .sort(),
    );
  });

  it('the end of the application, caused by a request, runs in the context of the start, too', async () => {
    await start(platform);
    await user.run('request', () => app!.close());
    app = undefined;
    expect(contexts()).toEqual(
      [...PARTS_OF_A_FLUSH, 'release', 'closing of the monitor']
        .map(part => `${part}: start`)
        .sort(),
    );
  });
});

it.each<[string, Partial<TsmonModuleOptions>]>([
  ['with settings', { settings: () => ({}) }],
  ['without settings', {}],
])(
  'F11 an application that a request initialises, %s, arms its timers in the context in which it was created',
  async (_, given) => {
    const registry = new Registry();
    const options: TsmonModuleOptions = { registry, flush: { mode: 'both' }, ...given };
    const testingModule = await user.run('start', () =>
      Test.createTestingModule({ imports: [TsmonModule.forRoot(options)] })
        .overrideProvider('TSMON_CLOCK')
        .useValue(clock)
        .compile(),
    );
    app = testingModule.createNestApplication(new ExpressAdapter(), { logger: false });
    await user.run('request', () => app!.init());
    expect(contexts()).toEqual(['timer: start']);
  },
);

it('F11 an application that is started within withTarget() reports for itself what its own work records', async () => {
  const registry = new Registry();
  const gauge = new IntGauge('stock', { registry });
  registerCallback(() => gauge.set(1), { registry });
  const monitor = new FakeMonitor();
  const other = new Task({ serviceName: 'other', jobName: 'other' });
  ({ app } = await withTarget(other, () =>
    startApp({
      imports: [TsmonModule.forRoot({ registry, monitor, flush: { mode: 'background' } })],
    }),
  ));
  await app.get(TsmonService).flush();
  const targets = monitor.calls.flatMap(({ cells }) =>
    cells.filter(({ metric }) => metric.name === 'stock').map(({ target }) => target.labels()),
  );
  expect(targets).toEqual([
    expect.objectContaining({ service_name: expect.not.stringMatching('other') as string }),
  ]);
});
