import { Injectable, Logger, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { StatusOptions } from '../../lib/options/tsmon-options.js';
import { PLATFORMS } from '../support/test-app.js';
import { closeApps, OPEN, RefusingGuard, start } from './status-app.js';

afterEach(closeApps);

describe.each(PLATFORMS)('who may call GET /internal/tsmon on %s', platform => {
  it.each<StatusOptions | undefined>([undefined, {}, { enabled: false }, { auth: 'none' }])(
    'is not there with the options %j',
    async status => {
      expect((await fetch((await start(platform, { status })).url)).status).toBe(404);
    },
  );

  it.each<StatusOptions>([{ enabled: true }, { enabled: true, auth: 'closed' }])(
    'answers 403 with the options %j, and says so in the log',
    async status => {
      const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
      const { url } = await start(platform, { status });
      const warnings = warn.mock.calls.flat().join('\n');
      warn.mockRestore();
      expect(warnings).toContain(
        "Nobody may call /internal/tsmon: status.auth is 'closed'. Set it to { oidc } or { guard }.",
      );
      for (const query of ['', '?format=json', '?format=prometheus', '?format=x']) {
        const response = await fetch(url + query, { headers: { 'X-Appengine-Cron': 'true' } });
        expect(response.status).toBe(403);
        expect(response.headers.get('cache-control')).toBe('no-store');
        expect(Object.keys((await response.json()) as object)).toEqual(['error']);
      }
    },
  );

  it("warns in the log that anybody may call it with auth 'none'", async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    await start(platform, { status: OPEN });
    const warnings = warn.mock.calls.flat().join('\n');
    warn.mockRestore();
    expect(warnings.match(/Everybody may call .*/g)).toEqual([
      "Everybody may call /internal/tsmon, since status.auth is 'none'.",
    ]);
  });

  it('is decided by a guard of the application, an instance or a class', async () => {
    @Injectable()
    class Keys {
      readonly key = 'sesame';
    }
    @Injectable()
    class KeyGuard implements CanActivate {
      constructor(private readonly keys: Keys) {}
      canActivate(context: ExecutionContext): boolean {
        return context.switchToHttp().getRequest().headers['x-key'] === this.keys.key;
      }
    }
    const byClass = await start(platform, {
      status: { enabled: true, auth: { guard: KeyGuard } },
      providers: [Keys, KeyGuard],
    });
    const byInstance = await start(platform, {
      status: { enabled: true, auth: { guard: new KeyGuard(new Keys()) } },
    });
    for (const { url } of [byClass, byInstance]) {
      expect((await fetch(url)).status).toBe(403);
      expect((await fetch(url, { headers: { 'X-Key': 'sesame' } })).status).toBe(200);
    }
    const refusing = await start(platform, {
      status: { enabled: true, auth: { guard: RefusingGuard } },
    });
    expect((await fetch(refusing.url)).status).toBe(403);
  });

  it('is decided by a guard that answers by itself', async () => {
    const guard: CanActivate = {
      canActivate: context => {
        context.switchToHttp().getResponse().status(401).send('own answer');
        return false;
      },
    };
    const { url } = await start(platform, { status: { enabled: true, auth: { guard } } });
    for (let i = 0; i < 3; i++) {
      const response = await fetch(url);
      expect([response.status, await response.text()]).toEqual([401, 'own answer']);
    }
  });

  it('is answered with 500 if a guard fails, without the reason', async () => {
    const guard: CanActivate = { canActivate: () => Promise.reject(new Error('secret backend')) };
    const { url } = await start(platform, { status: { enabled: true, auth: { guard } } });
    const response = await fetch(url);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
  });
});
