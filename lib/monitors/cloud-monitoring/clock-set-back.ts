import type { Clock } from '../../clock/clock.js';
import { durationText } from '../../clock/duration-text.js';
import { isoMicros } from '../iso-micros.js';
import { LONGEST_AHEAD_MICROS } from './stream-times.js';

const MICROS_PER_MS = 1000;

/**
 * Says why nothing can be sent while the end time of a flush is far ahead of the clock of this machine. This happens after
 * the clock was ahead and was set back. End times never go back (R4, T1), so the points of a stream would be microseconds
 * apart and in the future, and Cloud Monitoring refuses both.
 *
 * @param endTime whole microseconds since the epoch.
 * @returns undefined when the clock is right, or so little behind that points may be dated ahead.
 */
export function reasonOfClockSetBack(endTime: number, clock: Clock): string | undefined {
  const leadMicros = endTime - clock.now() * MICROS_PER_MS;
  if (leadMicros <= LONGEST_AHEAD_MICROS) {
    return undefined;
  }
  const lead = durationText(leadMicros / MICROS_PER_MS);
  return `The clock of this machine was ahead by ${lead} and was set back; points never go back in time, so Cloud Monitoring gets none until ${isoMicros(endTime)}. Nothing is lost. To go on at once, restart this instance. Keep its clock right.`;
}
