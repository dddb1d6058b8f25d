/**
 * Whether requests flush, a timer, or both. With both, a request flushes only when the timer is a whole interval late.
 *
 * @inline
 */
export type FlushMode = 'request' | 'background' | 'both';

/**
 * When and how metrics are sent. Undefined is the same as left out.
 *
 * @publicApi
 */
export interface FlushOptions {
  /**
   * Whether requests flush, a timer, or both. Only `request` works on platforms that give the process CPU only while it
   * serves a request.
   *
   * @default 'request' where the platform throttles the CPU, elsewhere 'both'
   */
  readonly mode?: FlushMode | undefined;
  /**
   * Seconds from one flush to the next, from 1 to half of the expiry of task numbers.
   *
   * @default 60
   */
  readonly intervalSec?: number | undefined;
  /**
   * Seconds that a flush may take, and so the longest time that the elected request waits. From 0.1 to `intervalSec`.
   *
   * @default 5
   */
  readonly timeoutSec?: number | undefined;
  /**
   * The number of chunks that are sent at a time, from 1 to 100.
   *
   * @default 4
   */
  readonly workers?: number | undefined;
  /**
   * Seconds after which a cumulative distribution is sent again although it has not changed, from 0 to 3600. It is left out of
   * the flushes before, since backends are paid by the point and ten counters cost less than one distribution. With 0 every
   * flush sends everything. Counters and gauges are always sent.
   *
   * @default 240
   */
  readonly quietSec?: number | undefined;
}

/** The checked {@link FlushOptions} with their defaults. They may change while the application runs. */
export type FlushSettings = {
  -readonly [Name in keyof FlushOptions]-?: NonNullable<FlushOptions[Name]>;
};

/** Describes the settings for the log: `every 60 s, flush mode both, for at most 5 s, by 4 workers`. */
export function flushSettingsText(settings: FlushSettings): string {
  const { mode, intervalSec, timeoutSec, workers } = settings;
  return `every ${intervalSec} s, flush mode ${mode}, for at most ${timeoutSec} s, by ${workers} workers`;
}
