import { describe, expect, it } from 'vitest';
import { requestedFormat } from '../../lib/status/requested-format.js';

describe('the format of the status by the Accept header', () => {
  it.each([
    [
      'Prometheus 2',
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
    ],
    [
      'Prometheus 3',
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1',
    ],
    ['a client of text', 'text/plain'],
    ['a client of any text', 'text/*'],
    ['a client of text that also takes JSON', 'application/json; q=0.3, text/plain; q=0.4'],
  ])('is text for %s', (_, accept) => {
    expect(requestedFormat(accept)).toBe('prometheus');
  });

  it.each([
    ['Chromium', 'text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8'],
    ['a client that takes text, but rather HTML', 'text/plain;q=0.5, TEXT/HTML;Q=0.9'],
  ])('is the page for %s', (_, accept) => {
    expect(requestedFormat(accept)).toBe('html');
  });

  it.each([
    ['no header', undefined],
    ['an empty header', ''],
    ['curl', '*/*'],
    ['axios', 'application/json, text/plain, */*'],
    ['a client of images', 'image/png'],
    ['a client that refuses everything', '*/*;q=0'],
    ['a client that refuses HTML', 'text/html;q=0.000'],
    ['a client of a wrong quality', 'text/html;q=many, text/plain;q='],
  ])('is JSON for %s', (_, accept) => {
    expect(requestedFormat(accept)).toBe('json');
  });
});
