import { Controller, Get } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { isProbe } from '../../../lib/http/server/probes.js';
import type { HttpOptions } from '../../../lib/http/server/http-options.js';
import { ask, closeAfterEach, PLATFORMS, serve, until, type Platform } from './harness.js';
import { FakeElection } from './items.js';

const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64)';
const UPTIME_CHECK =
  'GoogleStackdriverMonitoring-UptimeChecks(https://cloud.google.com/monitoring)';

describe('isProbe', () => {
  it.each([
    ['kube-probe/1.30', '/'],
    ['GoogleHC/1.0', '/any'],
    [UPTIME_CHECK, '/'],
    [BROWSER, '/_ah/health'],
    [undefined, '/_ah/warmup'],
    [undefined, '/_ah/warmup?n=1'],
    [undefined, '/_ah/start'],
    [undefined, '/_ah/stop'],
    [undefined, '/_ah/vm_health'],
  ])('%s at %s is one', (userAgent, url) => {
    expect(isProbe(userAgent, url)).toBe(true);
  });

  it.each([
    [BROWSER, '/'],
    [undefined, undefined],
    ['as kube-probe/1.30', '/'],
    [undefined, '/_ah/queue/deferred'],
    [undefined, '/_ah/healthy'],
    [undefined, '/shop/_ah/health'],
  ])('%s at %s is none', (userAgent, url) => {
    expect(isProbe(userAgent, url)).toBe(false);
  });
});

@Controller()
class ShopController {
  @Get(['shop', 'healthz', '_ah/warmup'])
  shop(): string {
    return 'open';
  }
}

describe.each(PLATFORMS)('requests that should not wait, on %s', platform => {
  closeAfterEach();

  const QUIET: [string, string, Record<string, string>, HttpOptions][] = [
    ['a probe of Kubernetes', '/shop', { 'user-agent': 'kube-probe/1.30' }, {}],
    ['a health check of Google', '/shop', { 'user-agent': 'GoogleHC/1.0' }, {}],
    ['an uptime check', '/shop', { 'user-agent': UPTIME_CHECK }, {}],
    ['a warmup of App Engine', '/_ah/warmup', {}, {}],
    ['an ignored path', '/healthz?full', {}, { ignore: ['/healthz'] }],
    ['an ignored pattern', '/healthz', {}, { ignore: [/^\/health/] }],
    [
      'an ignored path that nobody measures',
      '/healthz',
      {},
      { enabled: false, ignore: ['/healthz'] },
    ],
  ];

  async function startShop(http: HttpOptions) {
    const others = new FakeElection();
    const late = new FakeElection();
    const { port } = await serve(platform as Platform, {
      controllers: [ShopController],
      http,
      elect: () => others.elect(),
      electReluctantly: () => late.elect(),
    });
    return { port, others, late };
  }

  it.each(QUIET)(
    'F1 %s is elected only where the flush is late',
    async (_name, path, headers, http) => {
      const { port, others, late } = await startShop(http);
      const answer = ask(port, path, { headers });
      await until(() => late.elected === 1, 'the election');
      expect(others.elected).toBe(0);
      late.end();
      expect((await answer).body.toString()).toBe('open');
    },
  );

  it('F1 all others are elected at once', async () => {
    const { port, others, late } = await startShop({ ignore: ['/healthz'] });
    const answer = ask(port, '/shop', { headers: { 'user-agent': BROWSER } });
    await until(() => others.elected === 1, 'the election');
    others.end();
    await answer;
    expect(late.elected).toBe(0);
  });
});
