import type { FlushSettings } from '../flush/flush-settings.js';
import type { LiveSettings } from '../flush/settings-poll.js';
import { outOfRange, pathOf, wrongType } from '../validation/option-errors.js';
import {
  boolean,
  integer,
  isObject,
  number,
  object,
  oneOf,
  optional,
} from '../validation/schema.js';

const DAY_SEC = 86_400;
const HOUR_SEC = 3600;
const DEFAULTS = { intervalSec: 60, timeoutSec: 5, workers: 4, quietSec: 240 };

/** The rules for `FlushOptions`, with the given defaults. The mode has no default here, since it depends on the platform. */
export const flushOptions = (defaults: Omit<FlushSettings, 'mode'> = DEFAULTS) =>
  object(
    {
      mode: optional(oneOf(['request', 'background', 'both'])),
      intervalSec: number({ min: 1, max: DAY_SEC, default: defaults.intervalSec }),
      timeoutSec: number({ min: 0.1, max: DAY_SEC, default: defaults.timeoutSec }),
      workers: integer({ min: 1, max: 100, default: defaults.workers }),
      quietSec: number({ min: 0, max: HOUR_SEC, default: defaults.quietSec }),
    },
    ({ intervalSec, timeoutSec }, path) => {
      if (timeoutSec > intervalSec) {
        const wanted = `at most ${intervalSec}, the value of ${pathOf(path, 'intervalSec')}`;
        throw outOfRange(pathOf(path, 'timeoutSec'), wanted, timeoutSec);
      }
    },
  );

/** Checks that flushes are frequent enough to renew the claim before it expires. */
export function checkIntervalAgainstExpiry(
  path: string,
  intervalSec: number,
  expirationSec: number,
): void {
  const most = expirationSec / 2;
  if (intervalSec > most) {
    throw outOfRange(
      path,
      `at most ${most}, half of expirationSec (${expirationSec})`,
      intervalSec,
    );
  }
}

/**
 * Checks the result of the option `settings` by the rules of the options. Parts that are left out are taken from `initial`.
 *
 * @throws TypeError or RangeError that names the option, its value and the fix.
 */
export function checkedLiveSettings(
  given: unknown,
  initial: LiveSettings,
  expirationSec: number,
): LiveSettings {
  const path = 'settings()';
  const schema = object({
    enabled: boolean({ default: initial.enabled }),
    flush: flushOptions(initial.flush),
  });
  // A function that returns nothing is probably a mistake.
  if (!isObject(given)) {
    throw wrongType(path, 'an object with enabled and flush', given);
  }
  const { enabled, flush } = schema.check(given, path);
  checkIntervalAgainstExpiry(pathOf(path, 'flush.intervalSec'), flush.intervalSec, expirationSec);
  return { enabled, flush: { ...flush, mode: flush.mode ?? initial.flush.mode } };
}
