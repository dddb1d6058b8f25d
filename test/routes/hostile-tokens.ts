import { ACCOUNT, anotherKey, hmac, type FakeGoogle } from './fake-google.js';

const HOUR_SEC = 3600;

/** Authorization headers that must not open a route, by what is wrong with them. */
export function hostileHeaders(google: FakeGoogle): Record<string, readonly string[]> {
  const nowSec = Math.floor(Date.now() / 1000);
  const good = google.token();
  const [header, claims, signature] = good.split('.') as [string, string, string];
  const of = (changed: Record<string, unknown>): string => google.token({ claims: changed });
  const unsigned = google.token({ header: { alg: 'none' }, signature: () => '' });
  const tokens: Record<string, string> = {
    expired: of({ iat: nowSec - 3 * HOUR_SEC, exp: nowSec - 2 * HOUR_SEC }),
    'without expiry': of({ exp: undefined }),
    'with an expiry far away': of({ exp: nowSec + 1000 * HOUR_SEC }),
    'not valid yet': of({ iat: nowSec + HOUR_SEC, exp: nowSec + 2 * HOUR_SEC }),
    'without time of issue': of({ iat: undefined }),
    'for another audience': of({ aud: 'https://other.example/' }),
    'for a longer audience': of({
      aud: `${'https://shop.example/internal/cron/ts_mon/housekeeping'}/`,
    }),
    'without audience': of({ aud: undefined }),
    'of another account': of({ email: 'mallory@shop.iam.gserviceaccount.com' }),
    'of an account in capitals': of({ email: ACCOUNT.toUpperCase() }),
    'with a list of accounts': of({ email: [ACCOUNT] }),
    'without account': of({ email: undefined }),
    'with an unverified email': of({ email_verified: false }),
    'with an email that is "verified"': of({ email_verified: 'true' }),
    'that tells nothing of verification': of({ email_verified: undefined }),
    'of another issuer': of({ iss: 'https://accounts.example.com' }),
    'of an issuer of the same beginning': of({ iss: 'https://accounts.google.com.example.com' }),
    'of the domain googleapis.com': of({ iss: 'googleapis.com' }),
    'without issuer': of({ iss: undefined }),
    'alg none without signature': unsigned,
    'alg none with two segments': unsigned.slice(0, -1),
    'alg none with a signature': google.token({ header: { alg: 'none' }, signature: () => 'AAAA' }),
    'HS256 with the public key': google.token({
      header: { alg: 'HS256' },
      signature: hmac(google.publicKey),
    }),
    'signed by another key': google.token({ key: anotherKey() }),
    'of an unknown key': google.token({ header: { kid: 'key-2' } }),
    'without key': google.token({ header: { kid: undefined } }),
    'of the key __proto__': google.token({ header: { kid: '__proto__' } }),
    'ES256 with a signature of RSA': google.token({ header: { alg: 'ES256' } }),
    'with the claims of another': `${header}.${Buffer.from('{}').toString('base64url')}.${signature}`,
    'with a signature cut short': good.slice(0, -4),
    'with its signature removed by Cloud Run': `${header}.${claims}.SIGNATURE_REMOVED_BY_GOOGLE`,
    'whose claims are null': `${header}.${Buffer.from('null').toString('base64url')}.${signature}`,
    'whose claims are no JSON': `${header}.AAAA.${signature}`,
    'whose header is no JSON': `AAAA.${claims}.${signature}`,
    'of garbage': 'garbage',
    'of dots': '..',
    'of more segments': `${good}.${signature}`,
    'with something behind it': `${good} x`,
    'with 9 kB of claims': of({ more: 'x'.repeat(6800) }),
  };
  return {
    ...Object.fromEntries(
      Object.entries(tokens).map(([what, token]) => [`a token ${what}`, [`Bearer ${token}`]]),
    ),
    'no header': [],
    'an empty header': [''],
    'no token': ['Bearer '],
    'a token alone': [good],
    'bearer in lower case': [`bearer ${good}`],
    'another scheme': [`Basic ${good}`],
    'two spaces': [`Bearer  ${good}`],
    'two headers, the good one first': [`Bearer ${good}`, 'Bearer x'],
    'two headers, the good one last': ['Bearer x', `Bearer ${good}`],
    'the good header twice': [`Bearer ${good}`, `Bearer ${good}`],
    'two tokens in a header': [`Bearer ${good}, Bearer ${good}`],
  };
}
