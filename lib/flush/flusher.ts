import { Logger } from '@nestjs/common';
import type { Clock } from '../clock/clock.js';
import { Stopwatch } from '../clock/stopwatch.js';
import { outsideTargets } from '../targets/with-target.js';
import { NoTaskNumberError } from '../task-numbers/task-num-allocator.js';
import type { FlushPipeline } from './flush-pipeline.js';
import type { FlushReport } from './flush-report.js';
import { FlushSchedule } from './flush-schedule.js';
import type { FlushSettings } from './flush-settings.js';
import type { NumberWait } from './number-wait.js';
import type { Delivery } from './sender.js';

/** After so many intervals without a success it is no longer a passing fault. */
const INTERVALS_OF_SILENCE = 5;

type Outcome = Omit<FlushReport, 'startedAt' | 'durationMs'>;

/** Says when a flush begins, and lets only one run at a time. */
export class Flusher {
  private readonly logger = new Logger('Tsmon');
  private readonly schedule: FlushSchedule;
  private lastSuccess: Stopwatch;
  private toleratedSilenceMs: number;
  private running: Promise<FlushReport> | undefined;
  private report: FlushReport | undefined;
  private started = false;
  private cancelTimer = (): void => {};

  constructor(
    private readonly pipeline: FlushPipeline,
    private readonly settings: FlushSettings,
    private readonly numberWait: NumberWait,
    private readonly clock: Clock,
  ) {
    this.schedule = new FlushSchedule(clock, this.intervalMs, this.firstDelayMs());
    this.lastSuccess = new Stopwatch(clock);
    this.toleratedSilenceMs = INTERVALS_OF_SILENCE * this.intervalMs;
  }

  /** True between start and stop. */
  get isStarted(): boolean {
    return this.started;
  }

  /** What the last flush did. */
  get lastReport(): FlushReport | undefined {
    return this.report;
  }

  /** Seconds until the next flush is due; negative when it is late. */
  get nextFlushInSec(): number {
    return this.schedule.remainingMs() / 1000;
  }

  start(): void {
    this.started = true;
    this.arm();
  }

  /** A last flush. From the call on no request is elected, and no timer fires. */
  async stop(timeoutSec: number): Promise<FlushReport> {
    const last = this.flush(timeoutSec);
    this.started = false;
    this.cancelTimer();
    return last;
  }

  /**
   * Elects the request that asks, if a flush is due. The flush then begins at once; the promise tells when the
   * request may end. It never rejects.
   */
  electRequest(): Promise<void> | undefined {
    return this.electsRequest() ? this.flushDue().then(() => {}) : undefined;
  }

  /** Flushes now, after the flush that runs, if one does. */
  async flush(timeoutSec = this.settings.timeoutSec): Promise<FlushReport> {
    if (!this.started) {
      return this.disabled();
    }
    while (this.running) {
      await this.running;
    }
    return this.begin(() => this.pipeline.sendAll(timeoutSec * 1000));
  }

  private flushDue(): Promise<FlushReport> {
    return this.begin(() => this.pipeline.sendDue(this.settings.timeoutSec * 1000));
  }

  private disabled(): FlushReport {
    return {
      outcome: 'disabled',
      accepted: 0,
      rejected: 0,
      reasons: ['Metrics are disabled, or the application does not run.'],
      startedAt: this.clock.now(),
      durationMs: 0,
    };
  }

  private get intervalMs(): number {
    return this.settings.intervalSec * 1000;
  }

  /** Timers that start together must not fire together; a request may flush at once. */
  private firstDelayMs(): number {
    return this.settings.mode === 'request' ? 0 : this.intervalMs * (1 - Math.random() / 2);
  }

  private electsRequest(): boolean {
    if (this.running || !this.started || this.settings.mode === 'background') {
      return false;
    }
    return this.settings.mode === 'request' ? this.schedule.isDue() : this.schedule.isLate();
  }

  private begin(send: () => Promise<Delivery>): Promise<FlushReport> {
    this.cancelTimer();
    // The request that is elected may run inside a withTarget() of the application.
    this.running = outsideTargets(() => this.run(send)).finally(() => {
      this.running = undefined;
      this.arm();
    });
    return this.running;
  }

  private arm(): void {
    this.cancelTimer();
    if (this.started && this.settings.mode !== 'request') {
      const delayMs = Math.max(0, this.schedule.remainingMs());
      this.cancelTimer = this.clock.after(delayMs, () => void this.flushDue());
    }
  }

  private async run(send: () => Promise<Delivery>): Promise<FlushReport> {
    const startedAt = this.clock.now();
    const stopwatch = new Stopwatch(this.clock);
    const result = await this.attempt(send, stopwatch);
    this.report = { ...result, startedAt, durationMs: stopwatch.elapsedMs() };
    this.complainOfSilence(result.outcome);
    return this.report;
  }

  private async attempt(send: () => Promise<Delivery>, begun: Stopwatch): Promise<Outcome> {
    try {
      return this.delivered(await send(), begun);
    } catch (error) {
      return error instanceof NoTaskNumberError ? this.waiting(error) : this.failed(error);
    }
  }

  private delivered(delivery: Delivery, begun: Stopwatch): Outcome {
    this.numberWait.isOver();
    const { accepted, unsent, refused, reasons } = delivery;
    const counts = { accepted: accepted.length, rejected: unsent.length + refused.length };
    if (counts.rejected > 0) {
      this.logger.warn(
        `${counts.rejected} of ${counts.accepted + counts.rejected} cells were not accepted: ${[...reasons].join(' ')}`,
      );
    }
    if (unsent.length > 0) {
      this.schedule.failed();
      return { outcome: 'failed', ...counts, reasons: [...reasons] };
    }
    this.schedule.succeeded(begun);
    this.lastSuccess = begun;
    this.toleratedSilenceMs = INTERVALS_OF_SILENCE * this.intervalMs;
    return { outcome: 'sent', ...counts, reasons: [...reasons] };
  }

  private waiting(error: NoTaskNumberError): Outcome {
    this.numberWait.goesOn(error.message);
    this.schedule.waitForNumber();
    return { outcome: 'no-task-number', accepted: 0, rejected: 0, reasons: [error.message] };
  }

  private failed(error: unknown): Outcome {
    this.logger.warn(`A flush failed, and is repeated: ${String(error)}`);
    this.schedule.failed();
    return { outcome: 'failed', accepted: 0, rejected: 0, reasons: [String(error)] };
  }

  private complainOfSilence(outcome: FlushReport['outcome']): void {
    const silentMs = this.lastSuccess.elapsedMs();
    if (outcome === 'no-task-number' || silentMs <= this.toleratedSilenceMs) {
      return;
    }
    this.toleratedSilenceMs = silentMs + INTERVALS_OF_SILENCE * this.intervalMs;
    this.logger.error(`No flush has succeeded for ${Math.round(silentMs / 1000)} s.`);
  }
}
