import type { CanActivate } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { routeAuth } from '../../lib/routes/route-auth.js';

class SomeGuard implements CanActivate {
  canActivate(): boolean {
    return true;
  }
}
const check = (auth: unknown): unknown =>
  routeAuth(['none', 'closed']).check(auth, 'housekeeping.auth');
const AUDIENCE = 'https://shop.example/';
const ACCOUNT = 'cron@shop.iam.gserviceaccount.com';

describe('H1 the option auth', () => {
  it.each([
    'none',
    'closed',
    { guard: SomeGuard },
    { guard: { canActivate: () => true } },
    { oidc: { audience: AUDIENCE, serviceAccounts: [ACCOUNT] } },
    { oidc: { audience: AUDIENCE, serviceAccounts: [ACCOUNT, 'b@c'] } },
  ])('may be %j', auth => {
    expect(check(auth)).toEqual(auth);
  });

  it('ignores undefined members', () => {
    const guard = new SomeGuard();
    expect(Object.keys(check({ guard, oidc: undefined }) as object)).toEqual(['guard']);
  });

  it.each<[unknown, ErrorConstructor, string]>([
    [undefined, TypeError, 'got undefined'],
    [null, TypeError, 'got null'],
    [true, TypeError, 'got true'],
    [[], TypeError, 'got []'],
    ['', RangeError, 'got ""'],
    ['NONE', RangeError, 'got "NONE"'],
    ['open', RangeError, 'got "open"'],
    [{}, RangeError, 'got an object'],
    [{ oidc: undefined }, RangeError, 'got an object'],
    [
      { oidc: { audience: AUDIENCE, serviceAccounts: [ACCOUNT] }, guard: SomeGuard },
      RangeError,
      'got an object',
    ],
  ])('may not be %j, and the error says what is wanted', (auth, type, got) => {
    expect(() => check(auth)).toThrow(type);
    expect(() => check(auth)).toThrow(
      `Option housekeeping.auth must be 'none', 'closed', { oidc: { audience, serviceAccounts } } or { guard }, with a guard of Nest, ${got}`,
    );
  });

  it.each<[unknown, string]>([
    [{ guard: {} }, 'auth.guard must be a guard of Nest, or the class of one, got an object'],
    [{ guard: null }, 'auth.guard must be a guard of Nest, or the class of one, got null'],
    [{ guard: 'none' }, 'auth.guard must be a guard of Nest, or the class of one, got "none"'],
    [{ toString: 'none' }, 'Unknown option "toString" in housekeeping.auth; it has oidc, guard.'],
    [{ guard: SomeGuard, other: 1 }, 'Unknown option "other" in housekeeping.auth'],
  ])('may not be %j, and the error names the part', (auth, message) => {
    expect(() => check(auth)).toThrow(TypeError);
    expect(() => check(auth)).toThrow(message);
  });

  it.each<[unknown, ErrorConstructor, string]>([
    [null, TypeError, 'housekeeping.auth.oidc must be an object, got null'],
    [AUDIENCE, TypeError, 'housekeeping.auth.oidc must be an object, got "'],
    [{}, TypeError, 'oidc.audience must be a string, the URL of the job, got undefined'],
    [{ audience: '' }, RangeError, 'oidc.audience must be the URL of the job, got ""'],
    [{ audience: [AUDIENCE] }, TypeError, `the URL of the job, got ["${AUDIENCE}"]`],
    [
      { audience: AUDIENCE },
      TypeError,
      'oidc.serviceAccounts must be a list with the email address of at least one service account, got undefined',
    ],
    [{ audience: AUDIENCE, serviceAccounts: [] }, RangeError, 'one service account, got []'],
    [
      { audience: AUDIENCE, serviceAccounts: ACCOUNT },
      TypeError,
      `service account, got "${ACCOUNT}"`,
    ],
    [
      { audience: AUDIENCE, serviceAccounts: new Set([ACCOUNT]) },
      TypeError,
      'service account, got an object of class Set',
    ],
    [
      { audience: AUDIENCE, serviceAccounts: [ACCOUNT, ''] },
      RangeError,
      'oidc.serviceAccounts[1] must be an email address, got ""',
    ],
    [
      { audience: AUDIENCE, serviceAccounts: [undefined] },
      TypeError,
      'serviceAccounts[0] must be a string, an email address, got undefined',
    ],
    [
      { audience: AUDIENCE, serviceAccounts: ['*'] },
      RangeError,
      'must be an email address, got "*"',
    ],
    [
      { audience: AUDIENCE, serviceAccounts: [`${ACCOUNT} `] },
      RangeError,
      'must be an email address',
    ],
    [
      { audience: AUDIENCE, serviceAccount: ACCOUNT },
      TypeError,
      'Unknown option "serviceAccount" in housekeeping.auth.oidc; it has audience, serviceAccounts.',
    ],
  ])('may not be { oidc: %j }, and the error says why', (oidc, type, message) => {
    expect(() => check({ oidc })).toThrow(type);
    expect(() => check({ oidc })).toThrow(message);
  });
});
