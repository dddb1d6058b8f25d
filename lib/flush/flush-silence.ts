import type { Clock } from '../clock/clock.js';
import { Stopwatch } from '../clock/stopwatch.js';
import { log } from '../log.js';
import type { FlushReport } from './flush-report.js';
import type { FlushSettings } from './flush-settings.js';

/** How many intervals without a success are taken for a fault that will not pass by itself. */
const INTERVALS_OF_SILENCE = 5;

/**
 * Measures how long no flush has succeeded. Where requests flush, time in which no request came does not count. Logs an
 * error when the silence has become long, and again each time that it has grown by as much.
 */
export class FlushSilence {
  private sinceSuccess: Stopwatch;
  private sinceFailure: Stopwatch | undefined;
  private toldMs = 0;

  constructor(
    private readonly settings: Pick<FlushSettings, 'mode' | 'intervalSec'>,
    private readonly clock: Clock,
  ) {
    this.sinceSuccess = new Stopwatch(clock);
  }

  /** From now on flushes should succeed. */
  begin(): void {
    this.restart(new Stopwatch(this.clock));
  }

  /** A flush has ended that began when the stopwatch did. */
  afterFlush(outcome: FlushReport['outcome'], begun: Stopwatch): void {
    if (outcome === 'sent') {
      this.restart(begun);
      return;
    }
    this.sinceFailure ??= begun;
    // NumberWait logs that a task number is missing, and where to look.
    if (outcome === 'failed' && this.lengthMs > this.toldMs + this.toleratedMs) {
      this.toldMs = this.lengthMs;
      log.error(`No flush has succeeded for ${Math.round(this.toldMs / 1000)} s.`);
    }
  }

  /** Milliseconds of silence. */
  get lengthMs(): number {
    const sinceSuccessMs = this.sinceSuccess.elapsedMs();
    if (this.settings.mode === 'background') {
      return sinceSuccessMs;
    }
    return this.sinceFailure
      ? Math.min(sinceSuccessMs, this.sinceFailure.elapsedMs() + this.settings.intervalSec * 1000)
      : 0;
  }

  /** Whether something is wrong, and will hardly pass. */
  get isLong(): boolean {
    return this.lengthMs > this.toleratedMs;
  }

  private get toleratedMs(): number {
    return INTERVALS_OF_SILENCE * this.settings.intervalSec * 1000;
  }

  private restart(sinceSuccess: Stopwatch): void {
    this.sinceSuccess = sinceSuccess;
    this.sinceFailure = undefined;
    this.toldMs = 0;
  }
}
