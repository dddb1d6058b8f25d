import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../../lib/cli/doctor/finding.js';
import { Registry, TsmonModule } from '../../../lib/entry/index.js';
import type { TsmonModuleOptions } from '../../../lib/options/tsmon-options.js';
import { FakeMonitor } from '../../../lib/testing/fake-monitor.js';
import { startApp } from '../../support/test-app.js';
import { examined, noRows } from './examined.js';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) {
    await close();
  }
});

/** What the doctor finds at an application with these options. */
async function findingsOf(options: TsmonModuleOptions): Promise<Record<string, Finding>> {
  const module = TsmonModule.forRoot({
    registry: new Registry(),
    monitor: new FakeMonitor(),
    ...options,
  });
  const { app, url } = await startApp({ imports: [module] });
  closing.push(() => app.close());
  return await examined({ rowsOf: noRows, url });
}

/** What the doctor finds at a server that is no application of ours. */
async function findingsAt(listener: RequestListener): Promise<Record<string, Finding>> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  closing.push(() => server.close());
  await new Promise(resolve => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return await examined({ rowsOf: noRows, url: `http://127.0.0.1:${port}` });
}

describe('the doctor', () => {
  it('finds the routes closed as they are without options', async () => {
    const findings = await findingsOf({});
    expect(findings['housekeeping-route']).toEqual({
      check: 'housekeeping-route',
      status: 'ok',
      detail: 'The route /internal/cron/ts_mon/housekeeping refuses strangers with 403.',
    });
    expect(findings['status-route']?.status).toBe('ok');
  });

  it('finds routes that are open to a forged header, and hidden from all others', async () => {
    const findings = await findingsAt(({ headers }, response) => {
      response.writeHead('x-appengine-cron' in headers ? 200 : 404).end();
    });
    const failed = Object.values(findings).filter(({ detail }) => /is open.*forged/.test(detail));
    expect(failed.map(({ check, status }) => [check, status])).toEqual([
      ['housekeeping-route', 'failed'],
      ['status-route', 'failed'],
    ]);
  });

  it('finds a service that does not work', async () => {
    const findings = await findingsAt((_, response) => response.writeHead(503).end());
    expect(findings['housekeeping-route']).toMatchObject({
      status: 'failed',
      detail:
        'The route /internal/cron/ts_mon/housekeeping answered with 503, so the service does not work.',
    });
  });

  it('finds routes that are open', async () => {
    const findings = await findingsOf({
      housekeeping: { auth: 'none' },
      status: { enabled: true, auth: 'none' },
    });
    expect(findings['housekeeping-route']).toEqual({
      check: 'housekeeping-route',
      status: 'failed',
      detail: 'The route /internal/cron/ts_mon/housekeeping is open: anybody can run housekeeping.',
      mend: ["Set the option housekeeping.auth to 'app-engine', { oidc } or { guard }."],
    });
    expect(findings['status-route']).toMatchObject({
      status: 'failed',
      mend: ['Set the option status.auth to { oidc } or { guard }.'],
    });
  });

  it('finds that housekeeping has no route', async () => {
    const findings = await findingsOf({ housekeeping: { controller: false } });
    expect(findings['housekeeping-route']).toMatchObject({
      status: 'failed',
      detail: 'There is no route /internal/cron/ts_mon/housekeeping, so a cron cannot call it.',
    });
  });

  it('finds a route that believes a forged header', async () => {
    const findings = await findingsAt((request, response) => {
      response.statusCode = request.headers['x-appengine-cron'] ? 200 : 403;
      response.end();
    });
    expect(findings['housekeeping-route']).toMatchObject({
      status: 'failed',
      detail: expect.stringMatching(/with a forged header X-Appengine-Cron\.$/) as string,
    });
  });

  it('warns of an answer that it did not expect, and follows no redirect', async () => {
    const findings = await findingsAt((_, response) => {
      response.writeHead(302, { location: 'https://login.example' }).end();
    });
    expect(findings['housekeeping-route']).toMatchObject({ status: 'warning' });
    expect(findings['housekeeping-route']?.detail).toMatch(/answered a stranger with 302/);
  });

  it('finds that nothing answers', async () => {
    const findings = await examined({ rowsOf: noRows, url: 'http://127.0.0.1:1' });
    expect(findings['housekeeping-route']).toMatchObject({
      status: 'failed',
      detail: expect.stringMatching(/does not answer: /) as string,
    });
  });
});
