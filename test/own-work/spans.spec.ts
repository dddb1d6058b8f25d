import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { HOUSEKEEPING_PATH } from '../../lib/housekeeping/housekeeping.controller.js';
import { STATUS_PATH } from '../../lib/status/status.controller.js';
import { BundledScripts } from '../support/bundled-scripts.js';
import { emulatorsAvailable } from '../support/emulators.js';
import { sharedEmulator } from '../support/shared-emulator.js';
import { PLATFORMS } from '../support/test-app.js';
import type { TestProcess } from '../support/processes.js';
import { startBackends, type Backends } from './backends.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const APP = 'own-work/traced-app-process.ts';
const TRACING = 'own-work/tracing.ts';

describe.skipIf(!emulatorsAvailable)(
  'F11 with HTTP, undici and gRPC traced by OpenTelemetry',
  () => {
    let scripts: BundledScripts;
    let emulatorHost: string;
    let backends: Backends;
    let app: TestProcess | undefined;

    beforeAll(async () => {
      scripts = await BundledScripts.build(APP, TRACING);
      emulatorHost = await sharedEmulator('firestore');
      backends = await startBackends();
    });
    afterEach(() => app?.end('SIGKILL'));
    afterAll(async () => {
      await backends.stop();
      await scripts.remove();
    });

    it.each(PLATFORMS)(
      'calls of the library are no spans, and those of the application are, on %s',
      async PLATFORM => {
        const before = backends.calls();
        app = scripts.start(
          APP,
          {
            PLATFORM,
            BACKENDS: JSON.stringify(backends.urls),
            DATASTORE_EMULATOR_HOST: emulatorHost,
            DATASTORE_PROJECT_ID: `shop-${randomUUID()}`,
            GOOGLE_CLOUD_PROJECT: 'shop',
            GCE_METADATA_HOST: backends.metadataHost,
            // One of its own, since the backends are shared, and take a point of a stream every 5 s.
            K_SERVICE: `shop-${PLATFORM}`,
            K_REVISION: 'shop-1',
            K_CONFIGURATION: 'shop',
          },
          ['--import', scripts.pathOf(TRACING)],
        );
        const [, url] = await app.prints(/listens on (\S+)/);
        const headers = { Authorization: `Bearer ${backends.google.token()}` };
        const ask = async (path: string, init: RequestInit = {}): Promise<string> => {
          const response = await fetch(`${url}${path}`, init);
          return `${response.status} ${await response.text()}`;
        };
        expect(await ask('/orders')).toBe('200 ordered');
        expect(await ask(HOUSEKEEPING_PATH, { headers })).toMatch(
          /^200 .*"failedCallbacks":\[\],"accepted":1,"rejected":0/,
        );
        expect(await ask(`${STATUS_PATH}/instances`)).toMatch(/^200 .*"taskNum":0/);
        await app.end('SIGTERM');
        for (const [name, calls] of Object.entries(backends.calls())) {
          expect([name, calls > before[name]!]).toEqual([name, true]);
        }
        const [, spans] = await app.prints(/spans: (.*)/);
        expect(JSON.parse(spans!)).toEqual([
          'CLIENT GET /token in SERVER GET /orders',
          'CLIENT GET in SERVER GET /orders',
          'CLIENT grpc.google.datastore.v1.Datastore/Lookup in SERVER GET /orders',
          'SERVER GET /orders',
          `SERVER GET ${HOUSEKEEPING_PATH}`,
          `SERVER GET ${STATUS_PATH}/instances`,
        ]);
      },
    );
  },
);
