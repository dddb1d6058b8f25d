import type { Clock } from '../clock/clock.js';
import { Stopwatch } from '../clock/stopwatch.js';
import { log } from '../log.js';
import type { FlushReport } from './flush-report.js';
import type { FlushSettings } from './flush-settings.js';

/** After so many intervals without a success, the fault will probably not pass by itself. */
const INTERVALS_OF_SILENCE = 5;

/**
 * Measures the time since the last successful flush. If requests flush, time without requests does not count. Logs an error when
 * the silence is long, and again each time that it has grown by the same length.
 */
export class FlushSilence {
  private sinceSuccess: Stopwatch;
  private sinceFailure: Stopwatch | undefined;
  private loggedMs = 0;

  constructor(
    private readonly settings: Pick<FlushSettings, 'mode' | 'intervalSec'>,
    private readonly clock: Clock,
  ) {
    this.sinceSuccess = new Stopwatch(clock);
  }

  begin(): void {
    this.restart(new Stopwatch(this.clock));
  }

  /** Notes the end of a flush that began when the stopwatch was started. */
  afterFlush(outcome: FlushReport['outcome'], begun: Stopwatch): void {
    if (outcome === 'sent') {
      this.restart(begun);
      return;
    }
    this.sinceFailure ??= begun;
    // NumberWait logs that a task number is missing, and where to look.
    if (outcome === 'failed' && this.lengthMs > this.loggedMs + this.toleratedMs) {
      this.loggedMs = this.lengthMs;
      log.error(`No flush has succeeded for ${Math.round(this.loggedMs / 1000)} s.`);
    }
  }

  get lengthMs(): number {
    const sinceSuccessMs = this.sinceSuccess.elapsedMs();
    if (this.settings.mode === 'background') {
      return sinceSuccessMs;
    }
    return this.sinceFailure
      ? Math.min(sinceSuccessMs, this.sinceFailure.elapsedMs() + this.settings.intervalSec * 1000)
      : 0;
  }

  /** Whether the silence is so long that the fault will probably not pass by itself. */
  get isLong(): boolean {
    return this.lengthMs > this.toleratedMs;
  }

  private get toleratedMs(): number {
    return INTERVALS_OF_SILENCE * this.settings.intervalSec * 1000;
  }

  private restart(sinceSuccess: Stopwatch): void {
    this.sinceSuccess = sinceSuccess;
    this.sinceFailure = undefined;
    this.loggedMs = 0;
  }
}
