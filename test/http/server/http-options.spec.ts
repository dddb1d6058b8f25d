import { describe, expect, it } from 'vitest';
import { Bucketer } from '../../../lib/metrics/bucketer.js';
import { writtenBounds } from '../../../lib/prometheus/written-bounds.js';
import { httpOptions } from '../../../lib/http/server/http-options.js';

describe('the options http', () => {
  it('measures everything that is served by default', () => {
    const defaults = {
      enabled: true,
      ignore: [],
      client: false,
      metrics: {
        durations: true,
        status: true,
        requestBytes: true,
        responseBytes: true,
        inFlight: false,
      },
      fields: {},
      fieldValues: undefined,
    };
    for (const given of [undefined, {}]) {
      const { bucketers, ...others } = httpOptions.check(given, 'http');
      expect(others).toEqual(defaults);
      expect(bucketers.bytes).toBe(Bucketer.default);
    }
  });

  it('keeps what is given', () => {
    const options = {
      enabled: false,
      ignore: ['/healthz', /^\/_ah\//],
      client: true,
      metrics: {
        durations: false,
        status: false,
        requestBytes: false,
        responseBytes: false,
        inFlight: true,
      },
      fields: { method: 'string', tenant: 'string', n: 'int', yes: 'bool' },
      fieldValues: () => ({}),
      bucketers: { durations: Bucketer.default, bytes: Bucketer.fixedWidth(1, 2) },
    } as const;
    expect(httpOptions.check(options, 'http')).toEqual(options);
  });

  it('has bounds of durations from below 1 ms to 10 minutes, and 15 series of them in Prometheus', () => {
    const { durations } = httpOptions.check({}, 'http').bucketers;
    expect(durations.lowerBounds[1]).toBe(0.1);
    expect(durations.lowerBounds.at(-1)).toBeGreaterThan(10 * 60_000);
    expect(writtenBounds(durations)).toHaveLength(12);
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
    [{ metrics: [] }, TypeError, 'Option http.metrics must be an object, got [].'],
    [
      { metrics: { inFlight: 1 } },
      TypeError,
      'Option http.metrics.inFlight must be true or false, got 1.',
    ],
    [
      { bucketers: { bytes: [1, 2] } },
      TypeError,
      'Option http.bucketers.bytes must be a Bucketer, such as Bucketer.default, got [1, 2].',
    ],
    [
      { fields: ['method'] },
      TypeError,
      `Option http.fields must be an object with names and types of fields, such as { method: 'string' }, got ["method"].`,
    ],
    [
      { fields: { 'a-b': 'string' } },
      RangeError,
      'Option http.fields must be an object whose names have only letters, digits and "_" and begin with no digit, got "a-b".',
    ],
    [{ fields: JSON.parse('{"__proto__":"int"}') as object }, RangeError, 'got "__proto__".'],
    [
      { fields: { tenant: 'text' } },
      RangeError,
      `Option http.fields.tenant must be 'string', 'int' or 'bool', got "text".`,
    ],
    [
      { fields: { tenant: String } },
      TypeError,
      `Option http.fields.tenant must be 'string', 'int' or 'bool', got the function String.`,
    ],
    [
      { fields: { method: 'int' } },
      RangeError,
      `Option http.fields.method must be 'string', since the library fills this field, got "int".`,
    ],
    ...['status', 'name', 'is_robot'].map<[unknown, ErrorConstructor, string]>(name => [
      { fields: { [name]: 'string' } },
      RangeError,
      `Option http.fields must be without the field ${name}, which every HTTP metric has, got "${name}".`,
    ]),
    [
      { fields: { method: 'string', tenant: 'string', n: 'int' } },
      TypeError,
      'Option http.fieldValues must be a function that returns tenant, n, as http.fields says, got undefined.',
    ],
    [
      { fieldValues: () => ({}) },
      RangeError,
      'Option http.fieldValues must be left out, since http.fields has no field for it, got ',
    ],
    [
      { fields: { method: 'string' }, fieldValues: () => ({}) },
      RangeError,
      'Option http.fieldValues must be left out, since http.fields has no field for it, got ',
    ],
    [
      { fieldValues: {} },
      TypeError,
      'Option http.fieldValues must be a function that returns the values of http.fields, got ',
    ],
    [{ ignores: [] }, TypeError, 'Unknown option "ignores" in http; it has enabled, ignore'],
  ])('refuses %j', (options, type, message) => {
    const check = (): unknown => httpOptions.check(options, 'http');
    expect(check).toThrow(type);
    expect(check).toThrow(message);
  });
});
