import type { CanActivate } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { isRouteAuth } from '../../lib/routes/route-auth.js';

class SomeGuard implements CanActivate {
  canActivate(): boolean {
    return true;
  }
}
const OPTION = 'housekeeping.auth';
const AUDIENCE = 'https://shop.example/';
const ACCOUNT = 'cron@shop.iam.gserviceaccount.com';

describe('H1 what may be written for auth', () => {
  it.each([
    'none',
    'closed',
    { guard: SomeGuard },
    { guard: { canActivate: () => true } },
    { oidc: { audience: AUDIENCE, serviceAccounts: [ACCOUNT] } },
    { oidc: { audience: AUDIENCE, serviceAccounts: [ACCOUNT, 'b@c'] } },
  ])('%j', auth => {
    expect(isRouteAuth(OPTION, auth)).toBe(true);
  });

  it.each(
    [
      undefined,
      null,
      '',
      'NONE',
      'open',
      true,
      [],
      {},
      { guard: {} },
      { guard: null },
      { guard: 'none' },
      { oidc: undefined },
      { toString: 'none' },
      { oidc: { audience: AUDIENCE, serviceAccounts: [ACCOUNT] }, guard: SomeGuard },
      { guard: SomeGuard, other: 1 },
    ].map(auth => ({ auth })),
  )('not $auth', ({ auth }) => {
    expect(isRouteAuth(OPTION, auth)).toBe(false);
  });

  it.each<[unknown, string]>([
    [null, 'housekeeping.auth.oidc must be an object with audience and serviceAccounts, got null'],
    [AUDIENCE, `housekeeping.auth.oidc must be an object with audience and serviceAccounts, got "`],
    [{}, 'oidc.audience must be a string that is not empty: the URL of the job, got undefined'],
    [
      { audience: '' },
      'oidc.audience must be a string that is not empty: the URL of the job, got ""',
    ],
    [{ audience: [AUDIENCE] }, 'oidc.audience must be a string that is not empty'],
    [
      { audience: AUDIENCE },
      'oidc.serviceAccounts must be a list with the email address of at least one service account, got undefined',
    ],
    [{ audience: AUDIENCE, serviceAccounts: [] }, 'at least one service account, got a list of 0'],
    [{ audience: AUDIENCE, serviceAccounts: ACCOUNT }, `service account, got "${ACCOUNT}"`],
    [{ audience: AUDIENCE, serviceAccounts: new Set([ACCOUNT]) }, 'service account, got an object'],
    [
      { audience: AUDIENCE, serviceAccounts: [ACCOUNT, ''] },
      'oidc.serviceAccounts[1] must be an email address, got ""',
    ],
    [{ audience: AUDIENCE, serviceAccounts: [undefined] }, 'serviceAccounts[0] must be an email'],
    [{ audience: AUDIENCE, serviceAccounts: ['*'] }, 'must be an email address, got "*"'],
    [{ audience: AUDIENCE, serviceAccounts: [`${ACCOUNT} `] }, 'must be an email address'],
    [
      { audience: AUDIENCE, serviceAccount: ACCOUNT },
      'Unknown option "serviceAccount" in housekeeping.auth.oidc; it has audience, serviceAccounts.',
    ],
  ])('not { oidc: %j }, and the error says why', (oidc, message) => {
    const check = (): boolean => isRouteAuth(OPTION, { oidc });
    expect(check).toThrow(TypeError);
    expect(check).toThrow(message);
  });
});
