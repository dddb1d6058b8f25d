import { request, type RequestOptions } from 'node:http';
import { request as secureRequest } from 'node:https';
import { describe, expect, it } from 'vitest';
import { hostOfRequest, hostOfUrl } from '../../../lib/http/client/host-name.js';

describe('hostOfUrl', () => {
  it.each([
    ['https://api.example.com', 'api.example.com'],
    ['https://API.Example.com:443', 'api.example.com'],
    ['http://api.example.com:8080', 'api.example.com:8080'],
    ['http://user:secret@api.example.com/path?token=1', 'api.example.com'],
    ['http://[::1]:80', '[::1]'],
  ])('of %s is %s', (url, host) => {
    expect(hostOfUrl(url)).toBe(host);
    expect(hostOfUrl(new URL(url))).toBe(host);
  });
});

describe('a host that is too long for a name', () => {
  it('R3 is cut', () => {
    expect(hostOfUrl(`http://${'a'.repeat(1000)}.example`)).toBe('a'.repeat(253));
  });
});

describe('hostOfRequest', () => {
  const hostOf = (to: RequestOptions | string): string => {
    const outgoing = request(to).on('error', () => {});
    outgoing.destroy();
    return hostOfRequest(outgoing);
  };

  it.each([
    ['a name', { host: 'API.example.com' }, 'api.example.com'],
    ['a port', { host: 'api.example.com', port: 8080 }, 'api.example.com:8080'],
    ['hostname before host', { hostname: 'a.example', host: 'b.example' }, 'a.example'],
    ['an IPv6 address', { host: '::1', port: 8080 }, '[::1]:8080'],
    ['a socket of the machine', { socketPath: '/nowhere' }, 'localhost'],
    ['no header Host', { host: 'a.example', setHost: false }, 'a.example'],
    ['another header Host', { host: 'a.example', headers: { host: 'b.example:1' } }, 'a.example'],
    ['a longer Host', { host: 'a.example', headers: { host: 'a.example.evil' } }, 'a.example'],
    ['headers as a list', { host: 'a.example', headers: ['host', 'b.example'] }, 'a.example'],
  ])('knows %s', (_, options, host) => {
    expect(hostOf(options as RequestOptions)).toBe(host);
  });

  it('leaves out the default port', () => {
    expect(hostOf('http://a.example:80/')).toBe('a.example');
    const outgoing = secureRequest('https://a.example:443/').on('error', () => {});
    outgoing.destroy();
    expect(hostOfRequest(outgoing)).toBe('a.example');
  });
});
