import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { InMemoryTaskNumAllocator, Registry, TsmonModule } from '../../lib/entry/index.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { Task } from '../../lib/targets/task.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { startApp } from '../support/test-app.js';
import { ACCOUNT, AUDIENCE, FakeGoogle } from './fake-google.js';

const certificates = vi.hoisted(() => ({ url: '', asked: '' }));

// All as it is in production, but for where Google is.
vi.mock('google-auth-library', async importOriginal => {
  const original = await importOriginal<typeof import('google-auth-library')>();
  class NearbyClient extends original.OAuth2Client {
    constructor(options: import('google-auth-library').OAuth2ClientOptions) {
      certificates.asked = String(options.endpoints?.oauth2FederatedSignonPemCertsUrl);
      super({ ...options, endpoints: { oauth2FederatedSignonPemCertsUrl: certificates.url } });
    }
  }
  return { ...original, OAuth2Client: NearbyClient };
});

let google: FakeGoogle;
beforeAll(async () => {
  google = await FakeGoogle.start();
  certificates.url = google.url;
});
afterAll(() => google.stop());

it('the requests for the certificates of Google are not counted as those of the application', async () => {
  const registry = new Registry();
  const { app, url } = await startApp({
    imports: [
      TsmonModule.forRoot({
        registry,
        monitor: new FakeMonitor(),
        allocator: new InMemoryTaskNumAllocator(),
        runtimeStats: false,
        http: { client: true },
        flush: { mode: 'background' },
        housekeeping: {
          cron: false,
          auth: { oidc: { audience: AUDIENCE, serviceAccounts: [ACCOUNT] } },
        },
      }),
    ],
  });
  try {
    expect(certificates.asked).toBe('https://www.googleapis.com/oauth2/v1/certs');
    const response = await fetch(`${url}/internal/cron/ts_mon/housekeeping`, {
      headers: { Authorization: `Bearer ${google.token()}` },
    });
    expect(response.status).toBe(200);
    expect(google.asked).toBe(1);
    expect(countedRequests(registry)).toEqual([]);
    await fetch(google.url);
    expect(countedRequests(registry)).toEqual([1]);
  } finally {
    await app.close();
  }
});

/** How often the application is said to have asked Google. */
function countedRequests(registry: Registry): unknown[] {
  const metrics = registry.instanceMetrics().filter(({ name }) => name === 'http/response_status');
  return storeOf(registry)
    .snapshot(metrics, new Task({ serviceName: 's', jobName: 'j' }))
    .filter(cell => cell.fieldValues.includes(new URL(google.url).host))
    .map(({ value }) => value);
}
