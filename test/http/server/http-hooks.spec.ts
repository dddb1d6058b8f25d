import { Agent } from 'node:http';
import {
  Controller,
  Get,
  Module,
  RequestMethod,
  VersioningType,
  type MiddlewareConsumer,
  type NestModule,
} from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { Device } from '../../../lib/targets/device.js';
import { withTarget } from '../../../lib/targets/with-target.js';
import { cats, CatsController, slowEntered, type RawResponse } from './cats.js';
import {
  ask,
  bytes,
  closeAfterEach,
  dial,
  PLATFORMS,
  recorded,
  recordedRequests,
} from './harness.js';

describe.each(PLATFORMS)('HttpHooks on %s', platform => {
  closeAfterEach();

  describe('status and name', () => {
    it('records the final status of whatever happens, under the template of the route', async () => {
      const served = await cats(platform);
      const { port } = served;
      await ask(port, '/cats');
      await ask(port, '/cats', {
        method: 'POST',
        body: '{}',
        headers: { 'content-type': 'application/json' },
      });
      await ask(port, '/cats/crash');
      await ask(port, '/cats/teapot');
      await ask(port, '/cats/nothing');
      await ask(port, '/cats/forbidden');
      await ask(port, '/cats/moved');
      await ask(port, '/cats/raw');
      await ask(port, '/cats/7/toys/ball?x=1');
      await ask(port, '/cats/8/toys/mouse');
      expect(await recordedRequests(served, 10)).toEqual([
        '200 /cats',
        '200 /cats/:id/toys/:toy x2',
        '201 /cats',
        '202 /cats/raw',
        '204 /cats/nothing',
        '302 /cats/moved',
        '403 /cats/forbidden',
        '418 /cats/teapot',
        '500 /cats/crash',
      ]);
    });

    it('R3 gives all unmatched paths one name, the empty string', async () => {
      const served = await cats(platform);
      await ask(served.port, '/no/such/1');
      await ask(served.port, '/no/such/2', { method: 'POST', body: 'x' });
      await ask(served.port, '/');
      await ask(served.port, '/cats', { method: 'DELETE' });
      expect(await recordedRequests(served, 4)).toEqual(['404  x4']);
    });

    it('R3 names the template with global prefix and version, and leaves what is unmatched nameless', async () => {
      const served = await cats(platform, {
        configure: app => {
          app.setGlobalPrefix('api');
          app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
        },
      });
      const { port } = served;
      await ask(port, '/api/v1/cats/7/toys/ball');
      await ask(port, '/api/v1/cats/forbidden');
      await ask(port, '/api/v2/cats');
      await ask(port, '/api/nothing');
      await ask(port, '/cats');
      expect(await recordedRequests(served, 5)).toEqual([
        '200 /api/v1/cats/:id/toys/:toy',
        '403 /api/v1/cats/forbidden',
        '404  x3',
      ]);
    });

    it('R3 takes the pattern of a middleware for all routes for no route', async () => {
      class Everywhere implements NestModule {
        configure(consumer: MiddlewareConsumer): void {
          const pass = (_request: unknown, _response: unknown, next: () => void): void => next();
          consumer.apply(pass).forRoutes('{*everything}');
          consumer.apply(pass).forRoutes({ path: '*rest', method: RequestMethod.GET });
        }
      }
      Module({})(Everywhere);
      const served = await cats(platform, { imports: [Everywhere] });
      await ask(served.port, '/no/such');
      await ask(served.port, '/cats');
      expect(await recordedRequests(served, 2)).toEqual(['200 /cats', '404 ']);
    });

    it('keeps the name of a catch-all route that answers', async () => {
      class RestController {
        rest(): string {
          return 'page';
        }
      }
      Controller()(RestController);
      Get(platform === 'express' ? 'pages/*rest' : 'pages/*')(
        RestController.prototype,
        'rest',
        Object.getOwnPropertyDescriptor(RestController.prototype, 'rest')!,
      );
      const served = await cats(platform, { controllers: [RestController] });
      await ask(served.port, '/pages/a/b');
      const [request] = await recordedRequests(served, 1);
      expect(request).toMatch(/^200 \/pages\/\*/);
    });

    it('records a malformed body as 400 and one that is too large as 413', async () => {
      const served = await cats(platform);
      const headers = { 'content-type': 'application/json' };
      const malformed = await ask(served.port, '/cats', { method: 'POST', headers, body: '{"a":' });
      expect(malformed.status).toBe(400);
      const large = await ask(served.port, '/cats', {
        method: 'POST',
        headers,
        body: JSON.stringify('x'.repeat(2_000_000)),
      }).catch(() => undefined); // the connection may be reset while the body is still being sent
      expect([413, undefined]).toContain(large?.status);
      const names = await recordedRequests(served, 2);
      expect(names.map(name => name.slice(0, 3))).toEqual(['400', '413']);
    });

    it('records a malformed URL as 400 without a name', async () => {
      const served = await cats(platform);
      const { status } = await ask(served.port, '/cats/%/toys/%zz');
      expect(status).toBe(400);
      expect(await recordedRequests(served, 1)).toEqual(['400 ']);
    });

    it('records what a middleware refused, and what came while it waited', async () => {
      const served = await cats(platform, {
        configure: app => {
          app.use((request: { url: string }, response: RawResponse, next: () => void) => {
            setTimeout(() => {
              if (request.url === '/cats/json') {
                response.statusCode = 401;
                response.end('no');
              } else {
                next();
              }
            }, 5);
          });
        },
      });
      await ask(served.port, '/cats/json');
      await ask(served.port, '/cats', {
        method: 'POST',
        body: '[1]',
        headers: { 'content-type': 'application/json' },
      });
      // Fastify finds the route first, Express runs the middleware first.
      const refused = platform === 'express' ? '401 ' : '401 /cats/json';
      expect(await recordedRequests(served, 2)).toEqual(['201 /cats', refused]);
      expect(bytes(served, 201, '/cats').in).toBe(3);
    });
  });

  describe('what is not recorded', () => {
    it('leaves out ignored paths, as strings whole and as patterns in part, without their query', async () => {
      const served = await cats(platform, {
        http: { ignore: ['/cats', /^\/cats\/.*\/toys/g, '/nowhere'] },
      });
      const { port } = served;
      await ask(port, '/cats?a=1');
      await ask(port, '/cats/1/toys/2');
      await ask(port, '/cats/1/toys/2');
      await ask(port, '/nowhere');
      await ask(port, '/cats/json?x=/cats/1/toys');
      expect(await recordedRequests(served, 1)).toEqual(['200 /cats/json']);
    });

    it('leaves out all with enabled: false', async () => {
      const served = await cats(platform, { http: { enabled: false } });
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      await ask(served.port, '/cats', { agent });
      await ask(served.port, '/cats', { agent }); // the first is over when its connection serves another
      expect(recorded(served)).toEqual([]);
      agent.destroy();
    });

    it('leaves out routes and controllers with @SkipMetrics(), also when they fail', async () => {
      const served = await cats(platform);
      const { port } = served;
      expect((await ask(port, '/cats/skipped')).body.toString()).toBe('skipped');
      expect((await ask(port, '/cats/skipped-crash')).status).toBe(500);
      expect((await ask(port, '/quiet/a')).status).toBe(200);
      expect((await ask(port, '/quiet/b')).headers['x-b']).toBe('1');
      await ask(port, '/cats');
      expect(await recordedRequests(served, 1)).toEqual(['200 /cats']);
    });

    it('records what a guard refused before @SkipMetrics() was reached, and not after', async () => {
      const served = await cats(platform);
      expect((await ask(served.port, '/cats/skipped-late')).status).toBe(403);
      expect((await ask(served.port, '/cats/skipped-early')).status).toBe(403);
      await ask(served.port, '/cats');
      expect(await recordedRequests(served, 2)).toEqual(['200 /cats', '403 /cats/skipped-late']);
    });
  });

  describe('robots', () => {
    it.each([
      ['Mozilla/5.0 (compatible; GoogleBot/2.1)', true],
      ['GoogleSecurityScanner', true],
      ['kube-probe/1.30', true],
      ['GoogleHC/1.0', true],
      ['B3M/prober', true],
      ['x kube-probe/1.30', false],
      ['googlebot', false],
      ['B3M/prober2', false],
      ['', false],
      [`${'\u00ff'.repeat(8000)}`, false],
      ['__proto__', false],
    ])('knows whether %j is one', async (userAgent, robot) => {
      const served = await cats(platform);
      await ask(served.port, '/cats', { headers: { 'user-agent': userAgent } });
      await recordedRequests(served, 1);
      expect(recorded(served)).toEqual([{ status: 200, name: '/cats', robot, count: 1 }]);
    });

    it('takes a request without user agent for none', async () => {
      const served = await cats(platform);
      const { socket } = await dial(served.port);
      socket.write('GET /cats HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      await recordedRequests(served, 1);
      expect(recorded(served)[0]?.robot).toBe(false);
    });
  });

  it('records under this instance, also what ended inside a withTarget()', async () => {
    const served = await cats(platform);
    await ask(served.port, '/cats/device');
    await recordedRequests(served, 1);
    const fields = { status: 200, name: '/cats/device', is_robot: false };
    expect(served.metrics.responseStatus.get(fields)).toBe(1);
    expect(
      withTarget(new Device({ hostname: 'printer' }), () =>
        served.metrics.responseStatus.get(fields),
      ),
    ).toBe(undefined);
  });

  it('times a request until the last byte of its response', async () => {
    const served = await cats(platform);
    const entered = slowEntered();
    const answer = ask(served.port, '/cats/slow');
    await entered;
    const start = performance.now();
    await new Promise(resolve => setTimeout(resolve, 30));
    const waited = performance.now() - start;
    CatsController.release();
    await answer;
    await recordedRequests(served, 1);
    const fields = { status: 200, name: '/cats/slow', is_robot: false };
    const duration = served.metrics.durations.get(fields)!;
    expect(duration.count).toBe(1);
    expect(duration.sum).toBeGreaterThanOrEqual(waited);
  });

  it('R1 a broken metric does not reach the application', async () => {
    const served = await cats(platform);
    const broken = served.metrics.durations as unknown as { cell(): { add(): void } };
    broken.cell = () => ({
      add: () => {
        throw new Error('broken');
      },
    });
    expect((await ask(served.port, '/cats')).status).toBe(200);
    expect((await ask(served.port, '/cats')).status).toBe(200);
    expect(recorded(served)).toEqual([]);
  });
});
