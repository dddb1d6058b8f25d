import { AsyncLocalStorage } from 'node:async_hooks';
import { OAuth2Client } from 'google-auth-library';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../lib/clock/clock.js';
import { distinguishOwnRequests, isOwnRequest } from '../../lib/own-work.js';
import { GoogleTokens, NoCertificatesError } from '../../lib/routes/google-tokens.js';
import { withAllPackages, withoutPackage } from '../support/missing-package.js';
import { ACCOUNT, AUDIENCE, FakeGoogle } from './fake-google.js';

// They start many applications, and make keys.
vi.setConfig({ testTimeout: 60_000 });

let google: FakeGoogle;
beforeAll(async () => {
  google = await FakeGoogle.start();
});
afterAll(() => google.stop());
afterEach(() => {
  vi.restoreAllMocks();
});
beforeEach(() => {
  google.asked = 0;
  google.answer = response => google.publish(response);
});

const tokens = (): GoogleTokens => new GoogleTokens(systemClock, google.url);

describe('the certificates of Google', () => {
  it('are requested once, however many tokens come at once or later', async () => {
    const verifier = tokens();
    const all = await Promise.all(
      Array.from({ length: 50 }, () => verifier.verify(google.token(), AUDIENCE)),
    );
    expect(all.map(({ email }) => email)).toEqual(Array(50).fill(ACCOUNT));
    await verifier.verify(google.token(), AUDIENCE);
    expect(google.asked).toBe(1);
  });

  it('are requested again when Google says that they are old', async () => {
    google.answer = response => google.publish(response, 0);
    const verifier = tokens();
    await verifier.verify(google.token(), AUDIENCE);
    await verifier.verify(google.token(), AUDIENCE);
    expect(google.asked).toBe(2);
  });

  it('are not requested before a token comes', async () => {
    await tokens().load();
    expect(google.asked).toBe(0);
  });

  it('that Google does not send cause a short error, and the next token requests them again', async () => {
    google.answer = response => response.writeHead(404).end('x'.repeat(5000));
    const verifier = tokens();
    const failure = await verifier.verify(google.token(), AUDIENCE).catch((e: unknown) => e);
    expect(failure).toBeInstanceOf(NoCertificatesError);
    expect((failure as Error).message.length).toBeLessThanOrEqual(200);
    google.answer = response => google.publish(response);
    expect(await verifier.verify(google.token(), AUDIENCE)).toMatchObject({ email: ACCOUNT });
  });

  it('F11 are requested in the context of the start, and not counted as a request of the application', async () => {
    distinguishOwnRequests();
    const user = new AsyncLocalStorage<string>();
    const verifier = user.run('start', tokens);
    const seen: unknown[] = [];
    const get = OAuth2Client.prototype.getFederatedSignonCertsAsync;
    vi.spyOn(OAuth2Client.prototype, 'getFederatedSignonCertsAsync').mockImplementation(function (
      this: OAuth2Client,
    ) {
      seen.push(user.getStore(), isOwnRequest());
      return get.call(this);
    });
    await user.run('request', async () => {
      await verifier.verify(google.token(), AUDIENCE);
      seen.push(user.getStore(), isOwnRequest());
    });
    expect(seen).toEqual(['start', true, 'request', false]);
  });
});

describe('where google-auth-library is missing', () => {
  beforeEach(() => withoutPackage('google-auth-library'));
  afterEach(withAllPackages);

  it.each([
    { housekeeping: true, status: false },
    { housekeeping: false, status: true },
  ])(
    'the start of an application with oidc for %j fails, and the error names the package',
    async ({ housekeeping, status }) => {
      const { FakeMonitor, Registry, startApp, TsmonModule } = await freshModules();
      const auth = { oidc: { audience: AUDIENCE, serviceAccounts: [ACCOUNT] } };
      const start = startApp({
        imports: [
          TsmonModule.forRoot({
            registry: new Registry(),
            monitor: new FakeMonitor(),
            housekeeping: { cron: false, auth: housekeeping ? auth : 'closed' },
            status: { enabled: true, auth: status ? auth : 'closed' },
          }),
        ],
      });
      await expect(start).rejects.toThrow(
        'OIDC tokens are verified by google-auth-library: npm install google-auth-library, or use { guard } in place of { oidc }.',
      );
    },
  );

  it('an application without oidc starts', async () => {
    const { FakeMonitor, Registry, startApp, TsmonModule } = await freshModules();
    const { app, url } = await startApp({
      imports: [
        TsmonModule.forRoot({
          registry: new Registry(),
          monitor: new FakeMonitor(),
          housekeeping: { cron: false, auth: 'closed' },
          status: { enabled: true, auth: 'closed' },
        }),
      ],
    });
    expect((await fetch(`${url}/internal/tsmon`)).status).toBe(403);
    await app.close();
  });
});

async function freshModules() {
  const { Registry, TsmonModule } = await import('../../lib/entry/index.js');
  const { FakeMonitor } = await import('../../lib/testing/fake-monitor.js');
  const { startApp } = await import('../support/test-app.js');
  return { FakeMonitor, Registry, startApp, TsmonModule };
}
