import { type INestApplication } from '@nestjs/common';
import { vi } from 'vitest';
import {
  Counter,
  Registry,
  TsmonService,
  type TsmonModuleOptions,
  type TsmonSettings,
} from '../../lib/entry/index.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { REGISTRATIONS, type Register } from '../support/registrations.js';
import { pass } from '../support/settle.js';
import { startApp, type HttpPlatform } from '../support/test-app.js';
import { HelloController } from '../support/hello-controller.js';

export const MINUTE_MS = 60_000;
const [[, forRoot]] = REGISTRATIONS as [[string, Register]];

export const apps: INestApplication[] = [];

/** Ends all that the test has started. */
export async function endAll(): Promise<void> {
  await Promise.all(apps.splice(0).map(app => app.close()));
  vi.restoreAllMocks();
}

export interface StartOptions {
  readonly register?: Register;
  readonly platform?: HttpPlatform;
  readonly options?: TsmonModuleOptions;
  /** What the source returns at the start. */
  readonly first?: TsmonSettings;
}

/** An application whose settings a test changes, by a timer that it moves. */
export async function start({
  register = forRoot,
  platform = 'express',
  options = {},
  first = {},
}: StartOptions = {}) {
  const clock = new ManualClock();
  const registry = new Registry();
  const monitor = new FakeMonitor();
  const orders = new Counter('orders', { registry });
  const source = { calls: 0, answer: (): unknown => first };
  const { app, url } = await startApp(
    {
      imports: [
        register({
          registry,
          monitor,
          flush: { mode: 'background' },
          housekeeping: { cron: false },
          runtimeStats: false,
          settings: async () => {
            source.calls += 1;
            return source.answer() as TsmonSettings;
          },
          ...options,
        }),
      ],
      controllers: [HelloController],
    },
    platform,
    undefined,
    builder => builder.overrideProvider('TSMON_CLOCK').useValue(clock),
  );
  apps.push(app);
  const service = app.get(TsmonService);
  /** Lets the source say something, and the poll hear it. */
  const change = async (settings: TsmonSettings): Promise<void> => {
    source.answer = () => settings;
    await pass(clock, MINUTE_MS);
  };
  return { app, url, clock, registry, monitor, orders, source, service, change };
}
