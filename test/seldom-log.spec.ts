import { Logger } from '@nestjs/common';
import { afterEach, expect, it, vi } from 'vitest';
import { OnceLog, SeldomLog } from '../lib/seldom-log.js';
import { ManualClock } from '../lib/testing/manual-clock.js';

afterEach(() => {
  vi.restoreAllMocks();
});

it('a SeldomLog says each message once in its time, whatever the details are', () => {
  const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
  const clock = new ManualClock();
  const log = new SeldomLog(clock, 60);
  for (let i = 0; i < 1000; i++) {
    log.warn('closed', `port ${i}`);
    log.warn('late');
  }
  expect(warn.mock.calls).toEqual([['closed: port 0'], ['late']]);
  clock.advance(59_999);
  log.warn('late');
  expect(warn).toHaveBeenCalledTimes(2);
  clock.advance(1);
  log.warn('late');
  log.warn('late');
  expect(warn).toHaveBeenCalledTimes(3);
});

it('a SeldomLog says errors with what was thrown', () => {
  const error = vi.spyOn(Logger.prototype, 'error').mockReturnValue(undefined);
  const log = new SeldomLog(new ManualClock(), 60);
  const thrown = new Error('no');
  log.error('failed', thrown);
  log.error('failed', new Error('again'));
  expect(error.mock.calls).toEqual([['failed', thrown]]);
});

it('a OnceLog logs each topic once, and errors again after a reset', () => {
  const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
  const error = vi.spyOn(Logger.prototype, 'error').mockReturnValue(undefined);
  const log = new OnceLog();
  const logAll = (n: number): void => {
    log.warnOnce('a message that is its own topic');
    log.warnOnce(`warning ${n}`, 'topic');
    log.errorOnce(`error ${n}`, 'topic');
    log.errorOnce(`another error ${n}`, 'another topic');
    log.failureOnce('a failure', n);
  };
  logAll(1);
  logAll(2);
  expect(warn.mock.calls).toEqual([['a message that is its own topic'], ['warning 1']]);
  expect(error.mock.calls).toEqual([['error 1'], ['another error 1'], ['a failure', 1]]);
  log.reset();
  logAll(3);
  logAll(4);
  expect(warn).toHaveBeenCalledTimes(2);
  expect(error.mock.calls.slice(3)).toEqual([['error 3'], ['another error 3'], ['a failure', 3]]);
});
