import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FlushMode } from '../../lib/flush/flush-settings.js';
import { SettingsPoll, type LiveSettings } from '../../lib/flush/settings-poll.js';
import { Device } from '../../lib/targets/device.js';
import { currentTarget, withTarget } from '../../lib/targets/with-target.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { pass, settle } from '../support/settle.js';

const MINUTE_MS = 60_000;

function settings(enabled: boolean, mode: FlushMode = 'background'): LiveSettings {
  return { enabled, flush: { mode, intervalSec: 60, timeoutSec: 5, workers: 4, quietSec: 240 } };
}

const INITIAL = settings(true);

function createPoll(mode: FlushMode = 'background') {
  const clock = new ManualClock();
  const flush = { mode };
  const used: LiveSettings[] = [];
  const source = {
    calls: 0,
    answer: (() => settings(true, flush.mode)) as (
      signal: AbortSignal,
    ) => LiveSettings | Promise<LiveSettings>,
  };
  const poll = new SettingsPoll(
    async signal => {
      source.calls += 1;
      return source.answer(signal);
    },
    flush,
    clock,
  );
  const use = async (read: LiveSettings): Promise<void> => {
    used.push(read);
    flush.mode = read.flush.mode;
  };
  return { clock, poll, used, source, flush, use };
}

describe('SettingsPoll', () => {
  let log: Record<'log' | 'warn' | 'error', ReturnType<typeof vi.spyOn>>;

  beforeEach(() => {
    log = {
      log: vi.spyOn(Logger.prototype, 'log').mockReturnValue(undefined),
      warn: vi.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined),
      error: vi.spyOn(Logger.prototype, 'error').mockReturnValue(undefined),
    };
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('the first settings are those read at the start', async () => {
    const { poll, used, source, use } = createPoll();
    source.answer = () => settings(false);
    await poll.start(INITIAL, use);
    expect(used).toEqual([settings(false)]);
  });

  it('reads once a minute by a timer, and uses the settings read', async () => {
    const { poll, used, source, clock, use } = createPoll();
    await poll.start(INITIAL, use);
    await pass(clock, MINUTE_MS - 1000);
    expect(source.calls).toBe(1);
    source.answer = () => settings(false);
    await pass(clock, 1000);
    expect(used.at(-1)).toEqual(settings(false));
    await pass(clock, 10 * MINUTE_MS);
    expect(source.calls).toBe(12);
  });

  it('has no timer where requests flush, and asks one of them, once a minute', async () => {
    const { poll, source, clock, used, use } = createPoll('request');
    await poll.start(INITIAL, use);
    expect(poll.isDueInRequest).toBe(false);
    await pass(clock, MINUTE_MS);
    expect(source.calls).toBe(1);
    expect(poll.isDueInRequest).toBe(true);
    const refreshed = poll.refresh(1000);
    expect(poll.isDueInRequest).toBe(false);
    await refreshed;
    expect(poll.isDueInRequest).toBe(false);
    expect(used).toHaveLength(2);
  });

  it('with a timer asks a request only where the timer is a whole minute late, and none in background mode', async () => {
    for (const [mode, due] of [
      ['both', true],
      ['background', false],
    ] as const) {
      const { poll, clock, use } = createPoll(mode);
      await poll.start(INITIAL, use);
      clock.jump(2 * MINUTE_MS - 1);
      expect(poll.isDueInRequest).toBe(false);
      clock.jump(1);
      expect(poll.isDueInRequest).toBe(due);
    }
  });

  it('never reads twice at once, however long a read may take', async () => {
    const { poll, source, clock, use } = createPoll('both');
    await poll.start(INITIAL, use);
    await pass(clock, MINUTE_MS - 1000);
    clock.jump(2 * MINUTE_MS);
    expect(poll.isDueInRequest).toBe(true);
    source.answer = () => new Promise(() => {});
    const refreshed = poll.refresh(10 * MINUTE_MS);
    await pass(clock, 5 * MINUTE_MS);
    expect(source.calls).toBe(2);
    expect(poll.isDueInRequest).toBe(false);
    await pass(clock, 5 * MINUTE_MS);
    await refreshed;
    await pass(clock, MINUTE_MS);
    expect(source.calls).toBe(3);
  });

  it('changes from requests to the timer and back with the mode that it reads', async () => {
    const { poll, source, clock, use } = createPoll('request');
    await poll.start(INITIAL, use);
    source.answer = () => settings(true, 'background');
    await poll.refresh(1000);
    await pass(clock, MINUTE_MS);
    expect(source.calls).toBe(3);
    source.answer = () => settings(true, 'request');
    await pass(clock, MINUTE_MS);
    await pass(clock, 5 * MINUTE_MS);
    expect(source.calls).toBe(4);
  });

  it.each<[string, () => LiveSettings | Promise<LiveSettings>]>([
    ['rejects', () => Promise.reject(new Error('no network'))],
    [
      'throws',
      () => {
        throw new Error('no network');
      },
    ],
    ['hangs', () => new Promise(() => {})],
  ])(
    'a source that %s keeps the last settings, and is logged once until it works',
    async (_, answer) => {
      const { poll, used, source, clock, use } = createPoll();
      const works = source.answer;
      await poll.start(INITIAL, use);
      source.answer = answer;
      await pass(clock, 10 * MINUTE_MS);
      expect(used).toHaveLength(1);
      expect(log.warn).toHaveBeenCalledTimes(1);
      expect(log.warn).toHaveBeenCalledWith(
        expect.stringMatching(/last ones stay until they can: .*(no network|longer than 5 s)/),
      );
      source.answer = works;
      await pass(clock, 2 * MINUTE_MS);
      expect(log.log.mock.calls.flat()).toEqual(['The settings can be read again.']);
      source.answer = answer;
      await pass(clock, 2 * MINUTE_MS);
      expect(log.warn).toHaveBeenCalledTimes(2);
    },
  );

  it('a source that fails at the start leaves what the options say', async () => {
    const { poll, used, source, use } = createPoll();
    source.answer = () => Promise.reject(new Error('no network'));
    await poll.start(INITIAL, use);
    expect(used).toEqual([INITIAL]);
  });

  it('a source that hangs at the start holds it up for 5 s, and is told to stop', async () => {
    const { poll, used, source, clock, use } = createPoll();
    let aborted = false;
    source.answer = signal => {
      signal.addEventListener('abort', () => (aborted = true));
      return new Promise(() => {});
    };
    const started = poll.start(INITIAL, use);
    await pass(clock, 4000);
    expect(used).toEqual([]);
    await pass(clock, 1000);
    await started;
    expect(used).toEqual([INITIAL]);
    expect(aborted).toBe(true);
  });

  it('settings that are read too late are not used', async () => {
    const { poll, used, source, clock, use } = createPoll();
    await poll.start(INITIAL, use);
    let answerLate: (late: LiveSettings) => void = () => {};
    source.answer = () => new Promise(resolve => (answerLate = resolve));
    const refreshed = poll.refresh(1000);
    await pass(clock, 1000);
    await refreshed;
    answerLate(settings(false));
    await settle();
    expect(used).toEqual([settings(true)]);
  });

  it('after the stop no settings are read or used', async () => {
    const { poll, used, source, clock, use } = createPoll('both');
    await poll.start(INITIAL, use);
    let answerLate: (late: LiveSettings) => void = () => {};
    source.answer = () => new Promise(resolve => (answerLate = resolve));
    const refreshed = poll.refresh(1000);
    await settle();
    poll.stop();
    answerLate(settings(false));
    await refreshed;
    await pass(clock, 5 * MINUTE_MS);
    expect(used).toHaveLength(1);
    expect(source.calls).toBe(2);
    expect(poll.isDueInRequest).toBe(false);
  });

  it('settings that cannot be used are logged, and polling goes on', async () => {
    const { poll, source, clock } = createPoll();
    let fails = false;
    await poll.start(INITIAL, async () => {
      if (fails) {
        throw new Error('two metrics differ');
      }
    });
    fails = true;
    await pass(clock, 2 * MINUTE_MS);
    expect(source.calls).toBe(3);
    expect(log.error).toHaveBeenCalledTimes(2);
  });

  it('the source is called outside of any withTarget() of the request', async () => {
    const { poll, source, clock, use } = createPoll('request');
    await poll.start(INITIAL, use);
    let target: unknown = 'not called';
    source.answer = () => {
      target = currentTarget();
      return settings(true);
    };
    clock.advance(MINUTE_MS);
    await withTarget(new Device({ hostname: 'printer' }), () => poll.refresh(1000));
    expect(target).toBeUndefined();
  });
});
