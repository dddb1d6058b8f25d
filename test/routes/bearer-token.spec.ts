import { expect, it } from 'vitest';
import { bearerToken } from '../../lib/routes/bearer-token.js';

const TOKEN = 'aaaa.bbbb.cccc';
const headers = { authorization: `Bearer ${TOKEN}` };

it('a bearer token is found on platforms whose requests have no raw headers', () => {
  expect(bearerToken({ headers })).toBe(TOKEN);
  expect(bearerToken({ headers, rawHeaders: [] })).toBe(TOKEN);
});

it.each(['raw', 'itself'])(
  'a bearer token is not taken from two headers, by those of the request %s',
  where => {
    const rawHeaders = ['Authorization', `Bearer ${TOKEN}`, 'x', 'y', 'AUTHORIZATION', 'Basic x'];
    const request = where === 'raw' ? { raw: { rawHeaders }, rawHeaders: [] } : { rawHeaders };
    expect(bearerToken({ headers, ...request })).toBeUndefined();
  },
);

it('a bearer token is not taken from values that look like the name of the header', () => {
  const rawHeaders = ['x-authorization', 'authorization', 'Authorization', `Bearer ${TOKEN}`];
  expect(bearerToken({ headers, rawHeaders })).toBe(TOKEN);
});

it('a bearer token has at most 8192 characters', () => {
  const long = (length: number): string => `a.b.${'c'.repeat(length - 4)}`;
  expect(bearerToken({ headers: { authorization: `Bearer ${long(8192)}` } })).toHaveLength(8192);
  expect(bearerToken({ headers: { authorization: `Bearer ${long(8193)}` } })).toBeUndefined();
});

it.each([undefined, ['a', 'b'], '', 'Bearer', 'Bearer \n', `Bearer ${TOKEN}\n`, 'Bearer a.b.c='])(
  'a bearer token is not found in %j',
  authorization => {
    expect(bearerToken({ headers: { authorization } })).toBeUndefined();
  },
);
