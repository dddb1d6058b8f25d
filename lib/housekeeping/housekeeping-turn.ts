import type { Clock } from '../clock/clock.js';
import { Stopwatch } from '../clock/stopwatch.js';
import type { HeldTaskNumber } from '../flush/held-task-number.js';

/** Instances with a smaller number than this run housekeeping by the clock: if one is gone, others are there. */
const SMALL_NUMBERS = 3;
const LONG_SILENCE_MS = 10 * 60_000;

/** No run by the clock begins so soon after another run has finished. */
export const RECENTLY_SEC = 45;

/** Whether it is for this instance to run housekeeping, of hundreds whose clocks strike at once. */
export class HousekeepingTurn {
  private taskNum: number | undefined;
  /** Runs from when the number was first seen, or a run was last known of or begun. */
  private silence: Stopwatch;
  private sinceFinished: Stopwatch | undefined;

  constructor(
    private readonly taskNumber: Pick<HeldTaskNumber, 'target'>,
    private readonly clock: Clock,
  ) {
    this.silence = new Stopwatch(clock);
  }

  /** Asked once a minute. True means that a run begins. */
  isMine(): boolean {
    this.lookAtNumber();
    if (this.hasJustFinished() || !(this.isFirstInLine() || this.isSilentForLong())) {
      return false;
    }
    this.silence = new Stopwatch(this.clock);
    return true;
  }

  /** This process has finished a run, or was told that another one is at work or has just finished. */
  noteRun(skipped: boolean): void {
    this.silence = new Stopwatch(this.clock);
    if (!skipped) {
      this.sinceFinished = new Stopwatch(this.clock);
    }
  }

  private lookAtNumber(): void {
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
    return this.taskNum === undefined || this.taskNum < SMALL_NUMBERS;
  }

  /** All that hold small numbers may be dead, and nobody would take their numbers from them. */
  private isSilentForLong(): boolean {
    return this.silence.elapsedMs() >= LONG_SILENCE_MS;
  }
}
