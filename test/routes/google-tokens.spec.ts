import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../lib/clock/clock.js';
import { GoogleTokens, NoCertificatesError } from '../../lib/routes/google-tokens.js';
import { ACCOUNT, AUDIENCE, FakeGoogle } from './fake-google.js';

// They start many applications, and make keys.
vi.setConfig({ testTimeout: 60_000 });

let google: FakeGoogle;
beforeAll(async () => {
  google = await FakeGoogle.start();
});
afterAll(() => google.stop());
beforeEach(() => {
  google.asked = 0;
  google.answer = response => google.publish(response);
});

const asItIs = <T>(fn: () => T): T => fn();
const tokens = (): GoogleTokens => new GoogleTokens(systemClock, asItIs, google.url);

describe('the certificates of Google', () => {
  it('are asked for once, however many tokens come at once or later', async () => {
    const verifier = tokens();
    const all = await Promise.all(
      Array.from({ length: 50 }, () => verifier.verified(google.token(), AUDIENCE)),
    );
    expect(all.map(({ email }) => email)).toEqual(Array(50).fill(ACCOUNT));
    await verifier.verified(google.token(), AUDIENCE);
    expect(google.asked).toBe(1);
  });

  it('are asked for again when Google says that they are old', async () => {
    google.answer = response => google.publish(response, 0);
    const verifier = tokens();
    await verifier.verified(google.token(), AUDIENCE);
    await verifier.verified(google.token(), AUDIENCE);
    expect(google.asked).toBe(2);
  });

  it('are not asked for before a token comes', async () => {
    await tokens().load();
    expect(google.asked).toBe(0);
  });

  it('cannot be had: the error says so, in few words, and the next token asks again', async () => {
    let reason = 'x'.repeat(5000);
    const verifier = new GoogleTokens(
      systemClock,
      fn => {
        if (reason) {
          throw new Error(reason);
        }
        return fn();
      },
      google.url,
    );
    const failure = await verifier.verified(google.token(), AUDIENCE).catch((e: unknown) => e);
    expect(failure).toBeInstanceOf(NoCertificatesError);
    expect((failure as Error).message.length).toBeLessThanOrEqual(200);
    reason = '';
    expect(await verifier.verified(google.token(), AUDIENCE)).toMatchObject({ email: ACCOUNT });
  });

  it('are asked for as a call of our own', async () => {
    let own = 0;
    const verifier = new GoogleTokens(
      systemClock,
      fn => {
        own += 1;
        return fn();
      },
      google.url,
    );
    await verifier.verified(google.token(), AUDIENCE);
    expect(own).toBe(1);
  });
});

describe('where google-auth-library is missing', () => {
  beforeEach(() => {
    vi.doMock('google-auth-library', () => {
      throw new Error('not found');
    });
  });
  afterEach(() => {
    vi.doUnmock('google-auth-library');
    vi.resetModules();
  });

  it.each([
    { housekeeping: true, status: false },
    { housekeeping: false, status: true },
  ])(
    'the start fails, and the error names it, with oidc for %j',
    async ({ housekeeping, status }) => {
      vi.resetModules();
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
    vi.resetModules();
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
  const { Registry, TsmonModule } = await import('../../lib/index.js');
  const { FakeMonitor } = await import('../../lib/testing/fake-monitor.js');
  const { startApp } = await import('../support/test-app.js');
  return { FakeMonitor, Registry, startApp, TsmonModule };
}
