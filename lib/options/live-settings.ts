import type { FlushMode, FlushOptions, FlushSettings } from '../flush/flush-settings.js';
import type { LiveSettings } from '../flush/settings-poll.js';
import { bool, integer, known, number, wrong } from '../validation/option-checks.js';
import type { SettingsSource, TsmonSettings } from './tsmon-options.js';

/** Complete flush settings; only the mode may be left to the platform. */
export type GivenFlush = Readonly<Omit<FlushSettings, 'mode'>> & {
  readonly mode: FlushMode | undefined;
};

/** What holds where nothing is said. */
export const DEFAULT_FLUSH: GivenFlush = {
  mode: undefined,
  intervalSec: 60,
  timeoutSec: 5,
  workers: 4,
};

const FLUSH_MODES = ['request', 'background', 'both'] as const;
const DAY_SEC = 86_400;

/**
 * Checks flush settings. What is left out is as in `base`.
 *
 * @throws TypeError or RangeError that names the option, its value and what to do.
 */
export function resolveFlush<B extends GivenFlush>(given: FlushOptions | undefined, base: B): B {
  const flush = known<FlushOptions>('flush', given, [
    'mode',
    'intervalSec',
    'timeoutSec',
    'workers',
  ]);
  if (flush.mode !== undefined && !FLUSH_MODES.includes(flush.mode)) {
    throw wrong('flush.mode', flush.mode, "'request', 'background' or 'both'");
  }
  const intervalSec = number(
    'flush.intervalSec',
    flush.intervalSec ?? base.intervalSec,
    1,
    DAY_SEC,
  );
  const timeoutSec = number('flush.timeoutSec', flush.timeoutSec ?? base.timeoutSec, 0.1, DAY_SEC);
  if (timeoutSec > intervalSec) {
    throw new RangeError(
      `Option flush.timeoutSec is ${timeoutSec}, and longer than flush.intervalSec, which is ${intervalSec}. Make it shorter, or the interval longer.`,
    );
  }
  return {
    ...base,
    mode: flush.mode ?? base.mode,
    intervalSec,
    timeoutSec,
    workers: integer('flush.workers', flush.workers ?? base.workers, 1, 100),
  };
}

/** The claim is renewed by flushes: with too few of them it would expire in between. */
export function checkIntervalAgainstExpiry(intervalSec: number, expirationSec: number): void {
  if (intervalSec > expirationSec / 2) {
    throw new RangeError(
      `Option flush.intervalSec is ${intervalSec}, and more than half of the expiry of task numbers, which is ${expirationSec} s. Flush more often, or raise taskNumbers.expirationSec.`,
    );
  }
}

/** The option `settings` itself. */
export function resolveSettingsSource(settings: unknown): SettingsSource | undefined {
  if (settings !== undefined && typeof settings !== 'function') {
    throw wrong('settings', settings, 'a function that returns { enabled, flush }');
  }
  return settings as SettingsSource | undefined;
}

/**
 * Checks what the option `settings` returned, as the options themselves are. What is left out is as in `base`.
 *
 * @throws as {@link resolveFlush}.
 */
export function resolveSettings(
  given: TsmonSettings,
  base: LiveSettings,
  expirationSec: number,
): LiveSettings {
  const wanted = 'a function that returns { enabled, flush }';
  if (typeof given !== 'object' || given === null) {
    throw new TypeError(`Option settings must be ${wanted}, but it returned ${String(given)}.`);
  }
  const settings = known<TsmonSettings>('settings', given, ['enabled', 'flush']);
  const flush = resolveFlush(settings.flush, base.flush);
  checkIntervalAgainstExpiry(flush.intervalSec, expirationSec);
  return { enabled: bool('enabled', settings.enabled ?? base.enabled), flush };
}
