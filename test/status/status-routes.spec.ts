import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
import { TsmonService } from '../../lib/flush/tsmon.service.js';
import { FlushToken } from '../../lib/status/flush-token.js';
import type { InstancesStatus } from '../../lib/status/status-report.js';
import { isSameOrigin } from '../../lib/status/same-origin.js';
import { InMemoryTaskNumAllocator } from '../../lib/task-numbers/in-memory-task-num-allocator.js';
import type { TargetGroupReport } from '../../lib/task-numbers/target-group-report.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import type { TsmonModuleOptions } from '../../lib/options/tsmon-options.js';
import { oneRequest } from '../support/one-request.js';
import { startStatusApp, type StatusApp } from '../support/status-page.js';
import { PLATFORMS, type HttpPlatform } from '../support/test-app.js';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const PROMETHEUS =
  'application/openmetrics-text;version=1.0.0;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
const VERSIONS: Partial<Record<string, string>> = {
  'text/plain': 'version=0.0.4; ',
  'application/openmetrics-text': 'version=1.0.0; ',
};
const HALF_A_DAY_MS = 12 * 3_600_000;

const started: StatusApp[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map(({ app }) => app.close()));
});

async function start(
  platform: HttpPlatform,
  options: Partial<TsmonModuleOptions> = {},
): Promise<StatusApp> {
  const app = await startStatusApp(platform, options);
  started.push(app);
  return app;
}

async function tokenOf(url: string): Promise<string> {
  const html = await (await fetch(`${url}?format=html`)).text();
  return /name="tsmon-token" content="([\w.-]+)"/.exec(html)?.[1] ?? '';
}

@Injectable()
class KeyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToHttp().getRequest().headers['x-key'] === 'sesame';
  }
}

describe.each(PLATFORMS)('the routes of the status on %s', platform => {
  it.each([
    [{ accept: BROWSER }, '', 'text/html'],
    [{ accept: '*/*' }, '', 'application/json'],
    [{}, '', 'application/json'],
    [{ accept: 'text/html;q=0, application/json' }, '', 'application/json'],
    [{ accept: 'application/json;q=0.4, text/html;q=0.5' }, '', 'text/html'],
    [{ accept: 'text/plain;version=0.0.4;q=0.2,*/*;q=0.1' }, '', 'text/plain'],
    [{ accept: BROWSER }, '?format=json', 'application/json'],
    [{ accept: BROWSER }, '?format=prometheus', 'text/plain'],
    [{ accept: PROMETHEUS }, '?format=prometheus', 'application/openmetrics-text'],
    [{ accept: PROMETHEUS }, '', 'application/openmetrics-text'],
    [{ accept: 'application/openmetrics-text;q=0' }, '?format=prometheus', 'text/plain'],
    [{ accept: PROMETHEUS }, '?format=json', 'application/json'],
    [{ accept: 'application/json' }, '?format=html', 'text/html'],
  ])('%j with the query "%s" is answered with %s', async (headers, query, type) => {
    const { url } = await start(platform);
    const response = await fetch(url + query, { headers: headers as Record<string, string> });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(
      `${type}; ${VERSIONS[type] ?? ''}charset=utf-8`,
    );
    expect(response.headers.get('vary')).toBe('Accept');
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('the page loads nothing else, is not cached, and cannot be framed', async () => {
    const { url } = await start(platform);
    const { headers } = await fetch(`${url}?format=html`);
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'sha256-[\w+/=]+'; style-src 'sha256-[\w+/=]+'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; /,
    );
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
  });

  it('POST flush with the token of the page flushes, and answers with the report', async () => {
    const { url, monitor } = await start(platform);
    const headers = { 'X-Tsmon-Token': await tokenOf(url) };
    const response = await fetch(`${url}/flush`, { method: 'POST', headers });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ outcome: 'sent', rejected: 0 });
    expect(monitor.calls).toHaveLength(1);
  });

  it.each<[string, Record<string, string>]>([
    ['no token', { 'X-Tsmon-Token': '' }],
    ['a token that is made up', { 'X-Tsmon-Token': `${Date.now().toString(36)}.AAAA` }],
    ['another site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['another host of the site', { 'Sec-Fetch-Site': 'same-site' }],
    ['a link', { 'Sec-Fetch-Site': 'none' }],
    ['another origin', { Origin: 'https://evil.example' }],
    ['an origin that hides', { Origin: 'null' }],
  ])('POST flush from %s is refused, and flushes nothing', async (_, changes) => {
    const { url, app, monitor } = await start(platform);
    const headers = { 'X-Tsmon-Token': await tokenOf(url), ...changes };
    // By a request of Node: fetch sets some of these headers itself.
    const response = await oneRequest(`${url}/flush`, { method: 'POST', headers });
    expect(response?.status).toBe(403);
    expect(monitor.calls).toEqual([]);
    expect(app.get(TsmonService).status().lastFlush).toBeUndefined();
  });

  it('POST flush with the token of another process is refused, and says what to do', async () => {
    const [one, other] = [await start(platform), await start(platform)];
    const headers = { 'X-Tsmon-Token': await tokenOf(other.url) };
    const response = await fetch(`${one.url}/flush`, { method: 'POST', headers });
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({
      error:
        'The header x-tsmon-token has no token of this instance, or an old one: reload the page.',
    });
  });

  it('GET flush does not exist', async () => {
    const { url, monitor } = await start(platform);
    const headers = { 'X-Tsmon-Token': await tokenOf(url) };
    expect((await fetch(`${url}/flush`, { headers })).status).toBe(404);
    expect(monitor.calls).toEqual([]);
  });

  it('all routes are behind the guard, and do not exist unless enabled', async () => {
    const guarded = await start(platform, {
      status: { enabled: true, auth: { guard: new KeyGuard() } },
    });
    const off = await start(platform, { status: { enabled: false } });
    for (const [method, path] of [
      ['GET', '?format=html'],
      ['GET', '/instances'],
      ['POST', '/flush'],
    ] as const) {
      expect((await fetch(guarded.url + path, { method })).status).toBe(403);
      expect((await fetch(off.url + path, { method })).status).toBe(404);
    }
    const headers = { 'X-Key': 'sesame' };
    expect((await fetch(`${guarded.url}/instances`, { headers })).status).toBe(200);
    expect(guarded.monitor.calls).toEqual([]);
  });

  it('GET instances lists those of the target group, and which one answers', async () => {
    const { url } = await start(platform);
    const response = await fetch(`${url}/instances`);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const report = (await response.json()) as InstancesStatus;
    expect(report).toMatchObject({
      group: 'europe-west1|shop|web|v1',
      allocator: 'InMemoryTaskNumAllocator',
      truncated: false,
      instances: [{ instanceId: report.instanceId, taskNum: 0, released: false }],
    });
  });

  it('GET instances asks the allocator once for simultaneous requests, and reports a failure only in the log', async () => {
    const waiting: ((report: TargetGroupReport) => void)[] = [];
    let failure: Error | undefined;
    class Slow extends InMemoryTaskNumAllocator {
      override instances(): Promise<TargetGroupReport> {
        return failure
          ? Promise.reject(failure)
          : new Promise(resolve => {
              waiting.push(resolve);
            });
      }
    }
    const { url } = await start(platform, { allocator: new Slow() });
    const answers = [fetch(`${url}/instances`), fetch(`${url}/instances`)];
    // The third has been answered, so that the first two have arrived.
    await fetch(url);
    await fetch(url);
    expect(waiting).toHaveLength(1);
    waiting[0]!({ instances: [], truncated: false });
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200]);
    failure = new Error('secret backend');
    const failed = await fetch(`${url}/instances`);
    expect(failed.status).toBe(500);
    expect(await failed.text()).not.toContain('secret');
  });
});

describe('a token to flush', () => {
  it('is valid for half a day, in the process that made it', () => {
    const clock = new ManualClock();
    const tokens = new FlushToken(clock);
    const token = tokens.make();
    expect(token).toMatch(/^[\w.-]+$/);
    expect(tokens.isValid(token)).toBe(true);
    clock.advance(HALF_A_DAY_MS - 1);
    expect(tokens.isValid(token)).toBe(true);
    clock.advance(1);
    expect(tokens.isValid(token)).toBe(false);
    expect(new FlushToken(clock).isValid(tokens.make())).toBe(false);
  });

  it('is invalid if it was changed, or is from the future', () => {
    const clock = new ManualClock();
    const tokens = new FlushToken(clock);
    const [time = '', mac = ''] = tokens.make().split('.');
    const later = (clock.now() + 1).toString(36);
    for (const token of [
      `${later}.${mac}`,
      `${time}.`,
      time,
      `${time}.${mac}x`,
      '',
      undefined,
      [mac],
    ]) {
      expect(tokens.isValid(token)).toBe(false);
    }
    const early = tokens.make();
    clock.jump(-1);
    expect(tokens.isValid(early)).toBe(false);
  });
});

describe('where a request comes from', () => {
  it.each([
    [
      { 'sec-fetch-site': 'same-origin', origin: 'https://behind.a.proxy', host: 'inside:8080' },
      true,
    ],
    [{ 'sec-fetch-site': 'cross-site', origin: 'http://h:1', host: 'h:1' }, false],
    [{ origin: 'http://h:1', host: 'h:1' }, true],
    [{ origin: 'http://h', host: 'h:1' }, false],
    [{ origin: 'null', host: 'null' }, false],
    [{ origin: 'http://h:1' }, false],
    [{ host: 'h' }, true],
  ])('%j is our own page, or no browser: %s', (headers, verdict) => {
    expect(isSameOrigin(headers)).toBe(verdict);
  });
});
