import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { HOUSEKEEPING_PATH } from '../../lib/housekeeping/housekeeping.controller.js';
import { STATUS_PATH } from '../../lib/status/status.controller.js';
import { BundledScripts } from '../support/bundled-scripts.js';
import { emulatorsAvailable } from '../support/emulators.js';
import { sharedEmulator } from '../support/shared-emulator.js';
import { PLATFORMS } from '../support/test-app.js';
import { until, type TestProcess } from '../support/processes.js';
import { startBackends, type Backends } from './backends.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const APP = 'own-work/remembering-app-process.ts';

describe.skipIf(!emulatorsAvailable)('F11 a request of an application', () => {
  let scripts: BundledScripts;
  let emulatorHost: string;
  let backends: Backends;
  let app: TestProcess | undefined;

  beforeAll(async () => {
    scripts = await BundledScripts.build(APP);
    emulatorHost = await sharedEmulator('firestore');
    backends = await startBackends();
  });
  afterEach(() => app?.end('SIGKILL'));
  afterAll(async () => {
    await backends.stop();
    await scripts.remove();
  });

  it.each(PLATFORMS)('is garbage after its flush, on %s', async PLATFORM => {
    const before = backends.calls();
    app = scripts.start(
      APP,
      {
        PLATFORM,
        BACKENDS: JSON.stringify(backends.urls),
        DATASTORE_EMULATOR_HOST: emulatorHost,
        DATASTORE_PROJECT_ID: `shop-${randomUUID()}`,
        GOOGLE_CLOUD_PROJECT: 'my-shop',
        METADATA_SERVER_DETECTION: 'none',
      },
      ['--expose-gc'],
    );
    const [, url] = await app.prints(/listens on (\S+)/);
    const ask = async (path: string, headers: Record<string, string> = {}): Promise<string> => {
      const response = await fetch(`${url}${path}`, {
        headers: { connection: 'close', ...headers },
      });
      return `${response.status} ${await response.text()}`;
    };
    let laterSec = 0;
    await until('an elected request has flushed', async () => {
      laterSec += 180;
      app?.signal('SIGUSR2');
      await app?.prints(new RegExp(`later by ${laterSec} s`));
      expect(await ask('/orders')).toBe('200 ordered by /orders');
      return backends.calls().cloudMonitoring! > before.cloudMonitoring!;
    });
    for (const [name, calls] of Object.entries(backends.calls())) {
      expect([name, calls > before[name]!]).toEqual([name, name !== 'certificates']);
    }
    expect(await ask(`${STATUS_PATH}/instances`)).toMatch(/^200 .*"taskNum":0/);
    const headers = { Authorization: `Bearer ${backends.google.token()}` };
    expect(await ask(HOUSEKEEPING_PATH, headers)).toMatch(/^200 .*"skipped":false/);
    app.signal('SIGHUP');
    const [, kept] = await app.prints(/of \d+ kept: (.*)/);
    expect(kept).toBe('[]');
  });
});
