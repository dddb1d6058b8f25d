import type { Clock } from '../clock/clock.js';
import { Stopwatch } from '../clock/stopwatch.js';
import type { HeldTaskNumber } from '../flush/held-task-number.js';

/** Instances with smaller numbers run housekeeping each minute. There are several, in case one of them is gone. */
const FIRST_IDLE_NUMBER = 3;
const LONG_SILENCE_MS = 10 * 60_000;

/** After a run has finished, the timer starts no other run for this long. */
export const RECENTLY_SEC = 45;

/** Decides whether the minute timer of this instance starts a run: hundreds of instances have the same timer. */
export class HousekeepingTurn {
  private taskNum: number | undefined;
  /** Runs since the number changed, or since the last run that this instance started or knows of. */
  private silence: Stopwatch;
  private sinceFinished: Stopwatch | undefined;

  constructor(
    private readonly taskNumber: Pick<HeldTaskNumber, 'target'>,
    private readonly clock: Clock,
  ) {
    this.silence = new Stopwatch(clock);
  }

  /** Call this once a minute, and start a run if it returns true. */
  isMine(): boolean {
    this.noteNumber();
    if (this.hasJustFinished() || !(this.isFirstInLine() || this.isSilentForLong())) {
      return false;
    }
    this.silence = new Stopwatch(this.clock);
    return true;
  }

  /**
   * Notes a run.
   *
   * @param skipped true if another process runs housekeeping, or has just finished a run.
   */
  noteRun(skipped: boolean): void {
    this.silence = new Stopwatch(this.clock);
    if (!skipped) {
      this.sinceFinished = new Stopwatch(this.clock);
    }
  }

  private noteNumber(): void {
    const taskNum = this.taskNumber.target()?.taskNum;
    if (taskNum !== this.taskNum) {
      this.taskNum = taskNum;
      this.silence = new Stopwatch(this.clock);
    }
  }

  private hasJustFinished(): boolean {
    return this.sinceFinished !== undefined && this.sinceFinished.elapsedMs() < RECENTLY_SEC * 1000;
  }

  /** An instance without a number is always in line, so that the first number is assigned. */
  private isFirstInLine(): boolean {
    return this.taskNum === undefined || this.taskNum < FIRST_IDLE_NUMBER;
  }

  /** After a long silence every instance runs: all instances with small numbers may be dead and still hold them. */
  private isSilentForLong(): boolean {
    return this.silence.elapsedMs() >= LONG_SILENCE_MS;
  }
}
