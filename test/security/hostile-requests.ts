import type { SeededRandom } from '../support/seeded-random.js';
import type { HostileValues } from './hostile-values.js';

/** Those that Node's parser takes. */
const METHODS = [
  ...Array<string>(8).fill('GET'),
  ...Array<string>(4).fill('POST'),
  'HEAD',
  'PUT',
  'DELETE',
  'OPTIONS',
  'PATCH',
  'PROPFIND',
  'MKCOL',
  'M-SEARCH',
  'REPORT',
  'TRACE',
  'LINK',
  'PURGE',
];
const HEADERS = [
  'User-Agent',
  'User-Agent',
  'Cookie',
  'Referer',
  'Accept',
  'Authorization',
  'X-Appengine-Cron',
  'X-Forwarded-For',
  'If-None-Match',
  '__proto__',
  'constructor',
  'x-http-method-override',
];
const BODIES = [
  '{"text":"a","n":1,"yes":true}',
  '{"__proto__":{"text":"polluted"},"text":"a","n":1,"yes":true}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"text":"\\ud800","n":1,"yes":true}',
  '{"text":"\\u0000","n":9007199254740993,"yes":true}',
  '{"text":1,"n":"1","yes":1}',
  '{"text":{"$gt":""},"n":[],"yes":null}',
  '{',
  '[]',
  'null',
  '"text"',
  '\0\0\0',
];
const TYPES = ['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'a/b;c', ''];

/** Bytes that are no request, or one that a server must not answer as if it were. */
const MALFORMED = [
  'GET / HTTP/9.9\r\n\r\n',
  'EVIL / HTTP/1.1\r\nHost: x\r\n\r\n',
  '__proto__ /items/a HTTP/1.1\r\nHost: x\r\n\r\n',
  'get /items/a HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /items/\0 HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /a b c HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /items/a HTTP/1.1\r\nHost : x\r\n\r\n',
  'GET /items/a HTTP/1.1\r\n\r\n',
  'GET /items/a HTTP/1.1\r\nHost: x\r\nbad\0name: 1\r\n\r\n',
  'GET /items/a HTTP/1.1\r\nHost: x\r\nA: \u0001\r\n\r\n',
  'POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
  'POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef',
  'POST /orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n',
  'POST /orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n',
  'POST /orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, evil\r\n\r\n',
  'CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  '\r\n'.repeat(100),
  `GET /items/${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  `GET /items/a HTTP/1.1\r\nHost: x\r\n${'A: b\r\n'.repeat(3000)}\r\n`,
  'POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf of it',
];

/** Requests as bytes, the same in every run. */
export class HostileRequests {
  constructor(
    private readonly random: SeededRandom,
    private readonly values: HostileValues,
  ) {}

  /** As many requests as a server will answer over one connection, in one go; the last one ends it. */
  pipeline(count: number): string {
    return Array.from({ length: count }, (_, i) => this.request(i === count - 1)).join('');
  }

  malformed(): string {
    return this.random.oneOf(MALFORMED);
  }

  private request(isLast: boolean): string {
    const { random, values } = this;
    const method = random.oneOf(METHODS);
    const isOrder = method === 'POST' && random.below(2) === 0;
    const lines = [
      `${method} ${isOrder ? '/orders' : values.path()} HTTP/1.1`,
      'Host: x',
      ...Array.from(
        { length: random.below(4) },
        () => `${random.oneOf(HEADERS)}: ${values.header()}`,
      ),
    ];
    if (isLast) {
      lines.push('Connection: close');
    }
    return `${lines.join('\r\n')}\r\n${this.body(method)}`;
  }

  private body(method: string): string {
    const { random } = this;
    if (!['POST', 'PUT', 'PATCH'].includes(method)) {
      return '\r\n';
    }
    const body = random.oneOf(BODIES);
    const type = `Content-Type: ${random.oneOf(TYPES)}\r\n`;
    return random.below(3) === 0
      ? `${type}Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
      : `${type}Content-Length: ${body.length}\r\n\r\n${body}`;
  }
}
