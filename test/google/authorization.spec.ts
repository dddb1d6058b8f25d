import { OAuth2Client } from 'google-auth-library';
import { expect, it, vi } from 'vitest';
import { authorizationHeaders, type Authorizer } from '../../lib/google/authorization.js';

const HEADERS = { authorization: 'Bearer me', 'x-goog-user-project': 'mine' };
const URL = 'https://monitoring.googleapis.com/v3';

it.each<[string, Awaited<ReturnType<Authorizer['getRequestHeaders']>>]>([
  ['a Headers, as of google-auth-library 10', new Headers(HEADERS)],
  ['a plain object, as of google-auth-library 9', { ...HEADERS }],
  ['a list of pairs', Object.entries(HEADERS)],
  ['an object without a prototype', Object.assign(Object.create(null) as object, HEADERS)],
])('authorizationHeaders() reads %s', async (_, given) => {
  const getRequestHeaders = vi.fn<Authorizer['getRequestHeaders']>(async () => given);
  expect(await authorizationHeaders({ getRequestHeaders }, URL)).toEqual(HEADERS);
  expect(getRequestHeaders.mock.calls).toEqual([[URL]]);
});

it('authorizationHeaders() reads the headers of a client of google-auth-library', async () => {
  const client = new OAuth2Client();
  client.setCredentials({ access_token: 'me', expiry_date: Date.now() + 3_600_000 });
  client.quotaProjectId = 'mine';
  expect(await authorizationHeaders(client, URL)).toEqual(HEADERS);
});

it('authorizationHeaders() rejects as the client does', async () => {
  const failure = new Error('no metadata server');
  const client = { getRequestHeaders: () => Promise.reject(failure) };
  await expect(authorizationHeaders(client, URL)).rejects.toBe(failure);
});
