import { Logger } from '@nestjs/common';
import { afterEach, expect, it, vi } from 'vitest';
import { SeldomLog } from '../../lib/routes/seldom-log.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';

afterEach(() => {
  vi.restoreAllMocks();
});

it('says each message once in its time, whatever the details are', () => {
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

it('says errors with what was thrown', () => {
  const error = vi.spyOn(Logger.prototype, 'error').mockReturnValue(undefined);
  const log = new SeldomLog(new ManualClock(), 60);
  const thrown = new Error('no');
  log.error('failed', thrown);
  log.error('failed', new Error('again'));
  expect(error.mock.calls).toEqual([['failed', thrown]]);
});
