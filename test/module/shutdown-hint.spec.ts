import { Logger, ShutdownSignal, type INestApplication } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Registry, TsmonModule, TsmonService } from '../../lib/entry/index.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { startApp } from '../support/test-app.js';

const GRACE_MS = 10_000;
const SIGNALS = Object.values(ShutdownSignal);

let warnings: string[];
let app: INestApplication | undefined;
let othersListeners: (readonly [signal: ShutdownSignal, listener: NodeJS.SignalsListener])[];
beforeEach(() => {
  warnings = [];
  vi.spyOn(Logger.prototype, 'warn').mockImplementation((text: string) => {
    warnings.push(text);
  });
  // Those of the test runner.
  othersListeners = SIGNALS.flatMap(signal =>
    process.listeners(signal).map(listener => [signal, listener] as const),
  );
  SIGNALS.forEach(signal => process.removeAllListeners(signal));
});
afterEach(async () => {
  await app?.close();
  app = undefined;
  SIGNALS.forEach(signal => process.removeAllListeners(signal));
  othersListeners.forEach(([signal, listener]) => process.on(signal, listener));
  vi.restoreAllMocks();
});

async function start(
  configure: (app: INestApplication) => void,
  enabled = true,
): Promise<ManualClock> {
  const clock = new ManualClock();
  ({ app } = await startApp(
    {
      imports: [
        TsmonModule.forRoot({
          registry: new Registry(),
          monitor: new FakeMonitor(),
          flush: { mode: 'request' },
          housekeeping: { cron: false, auth: 'closed' },
          runtimeStats: false,
          enabled,
        }),
      ],
    },
    'express',
    configure,
    builder => builder.overrideProvider('TSMON_CLOCK').useValue(clock),
  ));
  warnings.length = 0;
  return clock;
}

describe('without app.enableShutdownHooks()', () => {
  it('the log says so once, a moment after the start', async () => {
    const clock = await start(() => {});
    clock.advance(GRACE_MS - 1);
    expect(warnings).toEqual([]);
    clock.advance(1);
    expect(warnings).toEqual([
      'Nothing listens for SIGTERM, so that this process would end without its last flush: call app.enableShutdownHooks() in main.ts.',
    ]);
    clock.advance(600_000);
    expect(warnings).toHaveLength(1);
  });

  it('nothing is logged while metrics are disabled', async () => {
    const clock = await start(() => {}, false);
    clock.advance(GRACE_MS);
    expect(warnings).toEqual([]);
  });

  it('nothing is logged after the end', async () => {
    const clock = await start(() => {});
    const status = vi.spyOn(app!.get(TsmonService), 'status');
    await app!.close();
    status.mockClear();
    clock.advance(GRACE_MS);
    expect(status).not.toHaveBeenCalled();
    expect(warnings).toEqual([]);
  });
});

it.each<[string, (app: INestApplication) => void]>([
  ['with it', one => one.enableShutdownHooks()],
  ['with it for SIGINT alone, as PM2 wants it,', one => one.enableShutdownHooks(['SIGINT'])],
  ['with a listener of the application', () => process.on('SIGTERM', () => {})],
])('%s nothing is logged', async (_, configure) => {
  const clock = await start(configure);
  clock.advance(GRACE_MS);
  expect(warnings).toEqual([]);
});

it('enableShutdownHooks() may be called right after the start', async () => {
  const clock = await start(() => {});
  clock.advance(GRACE_MS / 2);
  app?.enableShutdownHooks();
  clock.advance(GRACE_MS);
  expect(warnings).toEqual([]);
});
