import type { Clock } from '../clock/clock.js';
import { Stopwatch } from '../clock/stopwatch.js';
import { errorText, log } from '../log.js';
import { OwnWork } from '../own-work.js';
import { isNoTaskNumberError, type NoTaskNumberError } from '../task-numbers/task-num-allocator.js';
import type { FlushPipeline } from './flush-pipeline.js';
import type { FlushReport } from './flush-report.js';
import { FlushSchedule } from './flush-schedule.js';
import type { FlushSettings } from './flush-settings.js';
import { FlushSilence } from './flush-silence.js';
import type { NumberWait } from './number-wait.js';
import type { Delivery } from './sender.js';
import type { SettingsPoll } from './settings-poll.js';

/** The part of its time that a request may wait for settings before it flushes. */
const SETTINGS_SHARE = 0.5;

type Outcome = Omit<FlushReport, 'startedAt' | 'durationMs'>;

/** Sends until the signal is aborted: the flush is then given up. */
type Send = (giveUp: AbortSignal) => Promise<Delivery>;

/** `off` is a pause. After `ended` nothing is sent any more, and no start changes that. */
type State = 'new' | 'on' | 'off' | 'ended';

/** Elects the request that asks, if a flush is due: the request waits for the promise, which never rejects. */
export type ElectRequest = () => Promise<void> | undefined;

/** Says when a flush begins, and lets only one run at a time. */
export class Flusher {
  private readonly ownWork = new OwnWork();
  private readonly schedule: FlushSchedule;
  readonly silence: FlushSilence;
  private state: State = 'new';
  private running: Promise<FlushReport> | undefined;
  private giveUp = new AbortController();
  private report: FlushReport | undefined;
  private cancelTimer = (): void => {};
  private reported: (report: FlushReport) => void = () => {};

  /**
   * @param settings may change while it runs; see {@link settingsChanged}.
   * @param poll of those settings, which the requests that flush take part in.
   */
  constructor(
    private readonly pipeline: Pick<FlushPipeline, 'sendAll' | 'sendDue' | 'sendRecorded'>,
    private readonly settings: FlushSettings,
    private readonly numberWait: NumberWait,
    private readonly clock: Clock,
    private readonly poll?: SettingsPoll,
  ) {
    this.schedule = new FlushSchedule(clock, () => this.intervalMs, this.firstShare());
    this.silence = new FlushSilence(settings, clock);
  }

  /** True between start and stop, but for pauses. */
  get isStarted(): boolean {
    return this.state === 'on';
  }

  /** What the last flush did. */
  get lastReport(): FlushReport | undefined {
    return this.report;
  }

  /** Seconds until the next flush is due; negative when it is late. */
  get nextFlushInSec(): number {
    return this.schedule.remainingMs() / 1000;
  }

  /** Begins, or goes on after a pause. */
  start(): void {
    if (this.state === 'ended') {
      return;
    }
    this.state = 'on';
    this.schedule.begin(this.firstShare());
    this.silence.begin();
    this.arm();
  }

  /** Begins no flush until the next start, nor those that wait. One that is under way ends as it would. */
  pause(): void {
    if (this.state === 'on') {
      this.state = 'off';
      this.cancelTimer();
    }
  }

  /** Whether a flush is under way. */
  get isFlushing(): boolean {
    return this.running !== undefined;
  }

  /** Waits until no flush is under way. */
  async idle(): Promise<void> {
    while (this.running) {
      await this.running;
    }
  }

  /** Goes by the settings as they are now. */
  settingsChanged(): void {
    this.arm();
  }

  /** Calls back after every flush, until another one asks for that. */
  onReport(callback: (report: FlushReport) => void): void {
    this.reported = callback;
  }

  /**
   * Gives up the flush under way, and flushes in its place what is recorded. Callbacks are not run: the caller has run
   * them.
   */
  async flushAtOnce(timeoutSec: number): Promise<FlushReport> {
    return this.isStarted
      ? this.replace(giveUp => this.pipeline.sendRecorded(timeoutSec * 1000, giveUp))
      : this.disabled();
  }

  /**
   * A last flush, in place of the one under way, as {@link flushAtOnce}. From the call on no other one begins, nor do
   * those that wait.
   */
  async stop(timeoutSec: number): Promise<FlushReport> {
    const { isStarted } = this;
    this.state = 'ended';
    this.cancelTimer();
    return isStarted
      ? this.replace(giveUp => this.pipeline.sendRecorded(timeoutSec * 1000, giveUp))
      : this.disabled();
  }

  /**
   * Elects the request that asks, if a flush is due. The flush then begins at once; the promise tells when the
   * request may end. It never rejects.
   */
  electRequest(): Promise<void> | undefined {
    if (this.poll?.isDueInRequest) {
      return settled(this.refreshAndFlush(this.poll));
    }
    return this.electsRequest() ? settled(this.flushDue(this.timeoutMs)) : undefined;
  }

  /** Flushes now, after the flush that runs, if one does. */
  async flush(timeoutSec = this.settings.timeoutSec): Promise<FlushReport> {
    if (!this.isStarted) {
      return this.disabled();
    }
    // Several callers may wait here: each must look again, without an await in between.
    while (this.running) {
      await this.running;
    }
    return this.isStarted
      ? this.begin(giveUp => this.pipeline.sendAll(timeoutSec * 1000, giveUp))
      : this.disabled();
  }

  private flushDue(timeoutMs: number): Promise<FlushReport> {
    return this.begin(giveUp => this.pipeline.sendDue(timeoutMs, giveUp));
  }

  /** Gives up the flush under way, and begins one in its place, ahead of those that wait for it. */
  private replace(send: Send): Promise<FlushReport> {
    const givenUp = settled(this.running ?? Promise.resolve());
    this.giveUp.abort(new Error('It was given up, since the application shuts down.'));
    return this.begin(async giveUp => {
      await givenUp;
      return send(giveUp);
    });
  }

  /** Reads the settings and flushes, both within the time that one request may take. */
  private async refreshAndFlush(poll: SettingsPoll): Promise<void> {
    const { timeoutMs } = this;
    const begun = new Stopwatch(this.clock);
    await poll.refresh(timeoutMs * SETTINGS_SHARE);
    const leftMs = timeoutMs - begun.elapsedMs();
    if (leftMs > 0 && this.electsRequest()) {
      await this.flushDue(leftMs);
    }
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

  private get timeoutMs(): number {
    return this.settings.timeoutSec * 1000;
  }

  /** Timers that start together must not fire together; a request may flush at once. */
  private firstShare(): number {
    return this.settings.mode === 'request' ? 0 : 1 - Math.random() / 2;
  }

  private electsRequest(): boolean {
    if (this.running || !this.isStarted || this.settings.mode === 'background') {
      return false;
    }
    return this.settings.mode === 'request' ? this.schedule.isDue() : this.schedule.isLate();
  }

  private begin(send: Send): Promise<FlushReport> {
    this.cancelTimer();
    this.giveUp = new AbortController();
    const { signal } = this.giveUp;
    const running = this.ownWork.run(() =>
      this.run(() => send(signal)).finally(() => {
        // Another flush has taken its place where this one was given up.
        if (this.running === running) {
          this.running = undefined;
          this.arm();
        }
      }),
    );
    this.running = running;
    return running;
  }

  private arm(): void {
    this.cancelTimer();
    if (this.isStarted && !this.running && this.settings.mode !== 'request') {
      const delayMs = Math.max(0, this.schedule.remainingMs());
      this.cancelTimer = this.clock.after(delayMs, () => void this.flushDue(this.timeoutMs), {
        unref: true,
      });
    }
  }

  private async run(send: () => Promise<Delivery>): Promise<FlushReport> {
    const startedAt = this.clock.now();
    const stopwatch = new Stopwatch(this.clock);
    const result = await this.attempt(send, stopwatch);
    this.report = { ...result, startedAt, durationMs: stopwatch.elapsedMs() };
    this.silence.afterFlush(result.outcome, stopwatch);
    this.tell(this.report);
    return this.report;
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

/** Resolves when the work has ended, in whichever way: a request that waits for it must be answered. */
function settled(work: Promise<unknown>): Promise<void> {
  return work.then(
    () => {},
    () => {},
  );
}
