import { describe, expect, it } from 'vitest';
import { httpOptions } from '../../../lib/http/server/http-options.js';

describe('the options http', () => {
  it('measures everything that is served by default', () => {
    const defaults = { enabled: true, ignore: [], client: false };
    expect(httpOptions.check(undefined, 'http')).toEqual(defaults);
    expect(httpOptions.check({}, 'http')).toEqual(defaults);
  });

  it('keeps what is given', () => {
    const options = {
      enabled: false,
      ignore: ['/healthz', /^\/_ah\//],
      client: true,
    };
    expect(httpOptions.check(options, 'http')).toEqual(options);
  });

  it('takes from a RegExp the flags by which it would remember its last match', () => {
    const { ignore } = httpOptions.check({ ignore: [/a/giy] }, 'http');
    expect(ignore).toEqual([/a/i]);
  });

  it.each<[unknown, ErrorConstructor, string]>([
    [null, TypeError, 'Option http must be an object, got null.'],
    [[], TypeError, 'Option http must be an object, got [].'],
    [false, TypeError, 'Option http must be an object, got false.'],
    [{ enabled: 'yes' }, TypeError, 'Option http.enabled must be true or false, got "yes".'],
    [{ client: 'undici' }, TypeError, 'Option http.client must be true or false, got "undici".'],
    [
      { ignore: '/healthz' },
      TypeError,
      'Option http.ignore must be an array of paths and RegExps, got "/healthz".',
    ],
    [
      { ignore: ['/a', 5] },
      TypeError,
      'Option http.ignore[1] must be a string, a whole path without query, such as "/healthz", or a RegExp, got 5.',
    ],
    [
      { ignore: ['/a', 'healthz'] },
      RangeError,
      'Option http.ignore[1] must be a whole path without query, such as "/healthz", or a RegExp, got "healthz".',
    ],
    [{ ignore: ['/a?b'] }, RangeError, 'Option http.ignore[0] must be a whole path'],
    [{ ignore: [''] }, RangeError, 'Option http.ignore[0] must be a whole path'],
    [{ ignores: [] }, TypeError, 'Unknown option "ignores" in http; it has enabled, ignore'],
  ])('refuses %j', (options, type, message) => {
    const check = (): unknown => httpOptions.check(options, 'http');
    expect(check).toThrow(type);
    expect(check).toThrow(message);
  });
});
