import { ConsoleLogger, Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { addReason } from '../lib/flush/reasons.js';
import { errorMessage, errorText, log, printable } from '../lib/log.js';
import { StringGauge } from '../lib/metrics/gauge.js';
import { Registry } from '../lib/metrics/registry.js';
import { DebugMonitor } from '../lib/monitors/debug/debug-monitor.js';
import { Device } from '../lib/targets/device.js';
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

describe('a text from a client', () => {
  const HOSTILE = 'no\r\n[Nest] 1 - LOG all is well\u001b[2J\u009b1A\u2028\u0000';
  const ESCAPED = 'no\\r\\n[Nest] 1 - LOG all is well\\u001b[2J\\u009b1A\\u2028\\u0000';
  let written: string;

  beforeEach(() => {
    written = '';
    vi.spyOn(process.stdout, 'write').mockImplementation(text => {
      written += String(text);
      return true;
    });
    vi.spyOn(process.stderr, 'write').mockImplementation(text => {
      written += String(text);
      return true;
    });
    Logger.overrideLogger(new ConsoleLogger({ colors: false }));
  });
  afterEach(() => Logger.overrideLogger(false));

  it.each(['info', 'warn', 'error'] as const)('forges no line of log.%s()', level => {
    log[level](`It says: ${HOSTILE}`);
    expect(written).toMatch(/^\[Nest\].*\n$/);
    expect(written).toContain(`It says: ${ESCAPED}`);
  });

  it('forges no line of an error that is logged, nor of its causes', () => {
    const cause = new TypeError(HOSTILE);
    log.error(
      'It failed.',
      new Error(`Datastore said ${HOSTILE}\n    at forged (a.js:1:1)`, { cause }),
    );
    // Nest writes the message and what was thrown one after the other.
    expect(written.match(/^\[Nest\]/gm)).toHaveLength(2);
    expect(written).not.toContain('\n    at forged');
    expect(written).toContain(`Error: Datastore said ${ESCAPED}`);
    expect(written).toContain(`TypeError: ${ESCAPED}`);
    expect(written).toMatch(/\n +at .*log\.spec\.ts/);
    expect(written.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u2028]/u);
  });

  it('forges no line if it was thrown itself', () => {
    log.error('It failed.', HOSTILE);
    expect(written).toContain(ESCAPED);
    expect(written.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u2028]/u);
  });

  it('forges no line of the debug monitor', async () => {
    const registry = new Registry();
    const fields = { name: 'string' } as const;
    const metric = new StringGauge('shop/motto', { fields, registry });
    const target = new Device({ hostname: HOSTILE });
    const cell = { metric, fieldValues: [HOSTILE], target, resetTime: 0, value: HOSTILE };
    await new DebugMonitor().send([cell], 1e15, new AbortController().signal);
    expect(written.match(/^\[Nest\]/gm)).toHaveLength(1);
    expect(written.trim().split('\n')).toHaveLength(4);
    expect(written.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u2028]/u);
  });

  it('forges no line in the reasons of a flush report', () => {
    const reasons = new Set<string>();
    addReason(reasons, HOSTILE);
    addReason(reasons, new Error(HOSTILE));
    expect([...reasons]).toEqual([ESCAPED, `Error: ${ESCAPED}`]);
  });

  it('is left as it was thrown if it is harmless', () => {
    const passed: unknown[] = [];
    vi.spyOn(Logger.prototype, 'error').mockImplementation((...args: unknown[]) => {
      passed.push(args[1]);
    });
    const error = new Error('Not found.', { cause: new Error('No such row.') });
    log.error('It failed.', error);
    expect(passed).toEqual([error]);
    expect(passed[0]).toBe(error);
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

  it('cuts texts longer than 1000 characters', () => {
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
