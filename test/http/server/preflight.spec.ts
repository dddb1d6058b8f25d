import { Controller, Get, Options } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { ask, closeAfterEach, PLATFORMS, recordedRequests, serve } from './harness.js';

@Controller('cats')
class CatsController {
  @Get(':id')
  cat(): string {
    return 'Tom';
  }

  @Options('own/:id')
  own(): string {
    return 'GET';
  }
}

const PREFLIGHT = {
  method: 'OPTIONS',
  headers: { origin: 'https://example.com', 'access-control-request-method': 'GET' },
} as const;

describe.each(PLATFORMS)('CORS preflights on %s', platform => {
  closeAfterEach();

  it('R3 preflights have one name, whichever path they ask for', async () => {
    for (const prefix of [undefined, 'api']) {
      const served = await serve(platform, {
        controllers: [CatsController],
        configure: app => {
          app.enableCors();
          if (prefix !== undefined) {
            app.setGlobalPrefix(prefix);
          }
        },
      });
      const base = prefix === undefined ? '' : `/${prefix}`;
      for (const path of ['/cats/1', '/cats/own/2', '/no/such/3', '/']) {
        const { status } = await ask(served.port, `${base}${path}`, PREFLIGHT);
        expect(status).toBe(204);
      }
      await ask(served.port, `${base}/cats/1`, { headers: { origin: 'https://example.com' } });
      expect(await recordedRequests(served, 5)).toEqual([
        `200 ${base}/cats/:id`,
        '204 preflight x4',
      ]);
    }
  });

  it('R3 a preflight that a route of the application answers has the same name', async () => {
    const served = await serve(platform, { controllers: [CatsController] });
    await ask(served.port, '/cats/own/1', PREFLIGHT);
    expect(await recordedRequests(served, 1)).toEqual(['200 preflight']);
  });

  it('R3 a preflight that nobody answers is unmatched, and OPTIONS without its headers is none', async () => {
    const served = await serve(platform, { controllers: [CatsController] });
    await ask(served.port, '/cats/1', PREFLIGHT);
    await ask(served.port, '/cats/own/1', { method: 'OPTIONS' });
    expect(await recordedRequests(served, 2)).toEqual(['200 /cats/own/:id', '404 ']);
  });

  it('R3 OPTIONS without the headers of a preflight has no name where CORS answers it', async () => {
    const served = await serve(platform, {
      controllers: [CatsController],
      configure: app => app.enableCors(),
    });
    const { status } = await ask(served.port, '/cats/1', { method: 'OPTIONS' });
    expect(await recordedRequests(served, 1)).toEqual([`${status} `]);
  });
});
