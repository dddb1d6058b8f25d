import { describe, expect, it } from 'vitest';
import { validateHttpOptions, type HttpOptions } from '../../../lib/http/server/http-options.js';

describe('validateHttpOptions', () => {
  it('measures everything that is served by default', () => {
    const defaults = { enabled: true, ignore: [], interceptor: true, client: false };
    expect(validateHttpOptions()).toEqual(defaults);
    expect(validateHttpOptions({})).toEqual(defaults);
  });

  it('keeps what is given', () => {
    const options = {
      enabled: false,
      ignore: ['/healthz', /^\/_ah\//],
      interceptor: false,
      client: true,
    };
    expect(validateHttpOptions(options)).toEqual(options);
  });

  it('takes from a RegExp the flags by which it would remember its last match', () => {
    const { ignore } = validateHttpOptions({ ignore: [/a/giy] });
    expect(ignore).toEqual([/a/i]);
  });

  it.each<[unknown, string]>([
    [null, 'http must be an object such as { enabled: false }, got null.'],
    [[], 'http must be an object'],
    [false, 'http must be an object such as { enabled: false }, got false.'],
    [{ enabled: 'yes' }, 'http.enabled must be true or false, got "yes".'],
    [{ client: 'undici' }, 'http.client must be true or false, got "undici".'],
    [{ interceptor: 0 }, 'http.interceptor must be true or false, got 0.'],
    [{ ignore: '/healthz' }, 'http.ignore must be an array of paths and RegExps'],
    [{ ignore: ['/a', 5] }, 'http.ignore[1] must be a path or a RegExp, got 5.'],
    [{ ignore: ['/a', 'healthz'] }, 'http.ignore[1] must be a whole path without query'],
    [{ ignore: ['/a?b'] }, 'http.ignore[0] must be a whole path without query, such as "/healthz"'],
    [{ ignore: [''] }, 'http.ignore[0] must be a whole path'],
  ])('refuses %j', (options, message) => {
    expect(() => validateHttpOptions(options as HttpOptions)).toThrow(message);
  });
});
