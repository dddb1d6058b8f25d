import type { Clock } from '../clock/clock.js';
import { Stopwatch } from '../clock/stopwatch.js';
import { errorText, log } from '../log.js';
import { isNoTaskNumberError, type NoTaskNumberError } from '../task-numbers/task-num-allocator.js';
import type { FlushReport } from './flush-report.js';
import type { FlushSchedule } from './flush-schedule.js';
import type { FlushSilence } from './flush-silence.js';
import type { NumberWait } from './number-wait.js';
import type { Delivery } from './sender.js';

type Outcome = Omit<FlushReport, 'startedAt' | 'durationMs'>;

/** Runs a flush and records its result: in a report, in the log, and in the schedule of the next flush. */
export class FlushRecorder {
  private last: FlushReport | undefined;
  private reported: (report: FlushReport) => void = () => {};

  constructor(
    private readonly schedule: FlushSchedule,
    private readonly silence: FlushSilence,
    private readonly numberWait: NumberWait,
    private readonly clock: Clock,
  ) {}

  get lastReport(): FlushReport | undefined {
    return this.last;
  }

  onReport(callback: (report: FlushReport) => void): void {
    this.reported = callback;
  }

  /** The report for a time in which no flush may run. It is not recorded. */
  disabled(): FlushReport {
    return {
      outcome: 'disabled',
      accepted: 0,
      rejected: 0,
      reasons: ['Metrics are disabled, or the application does not run.'],
      startedAt: this.clock.now(),
      durationMs: 0,
    };
  }

  /** Runs a flush. The promise never rejects. */
  async record(send: () => Promise<Delivery>): Promise<FlushReport> {
    const startedAt = this.clock.now();
    const stopwatch = new Stopwatch(this.clock);
    const result = await this.attempt(send, stopwatch);
    const report = { ...result, startedAt, durationMs: stopwatch.elapsedMs() };
    this.last = report;
    this.silence.afterFlush(result.outcome, stopwatch);
    this.tell(report);
    return report;
  }

  private tell(report: FlushReport): void {
    try {
      this.reported(report);
    } catch (error) {
      log.error('A flush could not be recorded in the metrics of this library.', error);
    }
  }

  private async attempt(send: () => Promise<Delivery>, begun: Stopwatch): Promise<Outcome> {
    try {
      return this.delivered(await send(), begun);
    } catch (error) {
      return isNoTaskNumberError(error) ? this.waiting(error) : this.failed(error);
    }
  }

  private delivered(delivery: Delivery, begun: Stopwatch): Outcome {
    this.numberWait.end();
    const { accepted, unsent, refused, reasons } = delivery;
    const counts = { accepted, rejected: unsent.length + refused.length };
    if (counts.rejected > 0) {
      log.warn(
        `${counts.rejected} of ${counts.accepted + counts.rejected} cells were not accepted: ${[...reasons].join(' ')}`,
      );
    }
    if (unsent.length > 0) {
      this.schedule.failed();
      return { outcome: 'failed', ...counts, reasons: [...reasons] };
    }
    this.schedule.succeeded(begun);
    return { outcome: 'sent', ...counts, reasons: [...reasons] };
  }

  private waiting(error: NoTaskNumberError): Outcome {
    const reason = errorText(error.message);
    this.numberWait.stillWaiting(reason);
    this.schedule.waitForNumber();
    return { outcome: 'no-task-number', accepted: 0, rejected: 0, reasons: [reason] };
  }

  private failed(error: unknown): Outcome {
    const reason = errorText(error);
    log.warn(`A flush failed, and is repeated: ${reason}`);
    this.schedule.failed();
    return { outcome: 'failed', accepted: 0, rejected: 0, reasons: [reason] };
  }
}
