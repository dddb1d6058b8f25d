import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import type { Matcher } from '../../../lib/http/server/express-layer.js';
import { inferPattern } from '../../../lib/http/server/pattern-inference.js';

interface PathToRegexp {
  match(pattern: string, options: object): Matcher;
}

const require = createRequire(import.meta.url);
const { match } = require('path-to-regexp') as PathToRegexp;

/** As router 2.2 makes the matcher of a mount. */
const matcherOf = (pattern: string, sensitive = false): Matcher =>
  match(pattern, { sensitive, end: false, trailing: true, decode: decodeURIComponent });

/** As router 2.2 makes the matcher of a RegExp: each client may choose other letters of these. */
function regexpMatcher(path: string): ReturnType<Matcher> {
  return /^\/[a-f]{2}$/.test(path) && { path, params: {} };
}

describe('the inferred pattern of a mount', () => {
  it.each([
    ['/users', '/users', '/users'],
    ['/users', '/UsErS', '/users'],
    ['/a-b_c.d~1', '/A-B_C.D~1', '/a-b_c.d~1'],
    ['/t/:tenant', '/t/42', '/t/:tenant'],
    ['/t/:t', '/t/t', '/t/:t'],
    ['/:a/:b', '/q/q', '/:a/:b'],
    ['/v:major.:minor', '/v1.2', '/v:major.:minor'],
    ['/:name/x', '/%41%20%C3%A4/x', '/:name/x'],
    ['/files/*rest', '/files/a/b/c', '/files/*rest'],
    ['/q7_~', '/q7_~', '/q7_~'],
    ['/api{/v:version}', '/api/v3', '/api/v:version'],
    ['/api{/v:version}', '/api', '/api'],
  ])('R3 of %s with %s is %s', (pattern, path, inferred) => {
    expect(inferPattern(matcherOf(pattern), path)).toBe(inferred);
  });

  it('R3 keeps the case where the router is case-sensitive', () => {
    expect(inferPattern(matcherOf('/Users/:id', true), '/Users/Q')).toBe('/Users/:id');
  });

  it('R3 never holds what a client chose', () => {
    for (const path of ['/:a/x/:b', '/:a-:b/*rest', '/p:a', '/*rest/x']) {
      for (const chosen of ['q7', '7_~', 'qqq', '~~~', 'Q_7', '%71', '%7E%71', 'a', 'x', '-']) {
        const url = path
          .replace(/:a|:b/g, chosen.replaceAll('-', '%2D'))
          .replace('*rest', `${chosen}/${chosen}`);
        const matcher = matcherOf(path);
        expect([url, inferPattern(matcher, url)]).toEqual([url, path]);
      }
    }
  });

  it.each([
    ['a matcher of a RegExp', () => regexpMatcher, '/ab'],
    ['a path that does not match', () => matcherOf('/users'), '/cats'],
    ['a badly encoded path', () => matcherOf('/:id'), '/%zz'],
  ])('R3 of %s is an asterisk', (_what, matcher, path) => {
    expect(inferPattern(matcher(), path)).toBe('*');
  });

  it('R3 is not told by a path that is too long, which leaves it to the next one', () => {
    expect(inferPattern(matcherOf('/:id'), `/${'x'.repeat(300)}`)).toBeUndefined();
  });
});
