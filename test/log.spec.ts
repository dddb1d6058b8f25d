import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { errorMessage, errorText, log, printable } from '../lib/log.js';
import { HOSTILE_VALUES } from './support/hostile-values.js';

afterEach(() => vi.restoreAllMocks());

describe('log', () => {
  it('writes to the logger of Nest', () => {
    const written: unknown[] = [];
    for (const level of ['log', 'warn', 'error'] as const) {
      vi.spyOn(Logger.prototype, level).mockImplementation((...args: unknown[]) => {
        written.push([level, ...args]);
      });
    }
    const cause = new Error('why');
    log.info('one');
    log.warn('two');
    log.error('three');
    log.error('four', cause);
    expect(written).toEqual([
      ['log', 'one'],
      ['warn', 'two'],
      ['error', 'three'],
      ['error', 'four', cause],
    ]);
  });

  it('F2 never throws, whatever the logger of the application does', () => {
    for (const level of ['log', 'warn', 'error'] as const) {
      vi.spyOn(Logger.prototype, level).mockImplementation(() => {
        throw new Error('the disk is full');
      });
    }
    expect(() => {
      log.info('one');
      log.warn('two');
      log.error('three', new Error('why'));
    }).not.toThrow();
  });

  it('writes the message alone where the logger cannot show what was thrown', () => {
    const written: unknown[] = [];
    vi.spyOn(Logger.prototype, 'error').mockImplementation((...args: unknown[]) => {
      written.push(args.map(arg => `${arg as string}`));
    });
    log.error('It failed.', Object.create(null));
    expect(written).toEqual([['It failed.']]);
  });
});

describe('errorText', () => {
  it.each([
    [new TypeError('no'), 'TypeError: no'],
    ['just text', 'just text'],
    [undefined, 'undefined'],
    [404, '404'],
  ])('of %s is %s', (thrown, text) => {
    expect(errorText(thrown)).toBe(text);
  });

  it.each(HOSTILE_VALUES)('F2 has a text for %s', (_, make) => {
    expect(errorText(make())).toMatch(/\w/);
    expect(errorMessage(make())).toMatch(/\w/);
  });

  it('escapes control characters, so that a text from outside forges no line of the log', () => {
    expect(errorText('a\n[Nest] b\r\u001b[31m\u2028')).toBe('a\\n[Nest] b\\r\\u001b[31m\\u2028');
  });

  it('cuts what is longer than 1000 characters', () => {
    expect(errorText('x'.repeat(5000))).toBe(`${'x'.repeat(1000)}…`);
    expect(printable('x'.repeat(1000))).toBe('x'.repeat(1000));
  });
});

describe('errorMessage', () => {
  it('leaves out the name of the class', () => {
    expect(errorMessage(new TypeError('no'))).toBe('no');
    expect(errorMessage('just text')).toBe('just text');
  });
});
