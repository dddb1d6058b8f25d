import type { Clock } from '../clock/clock.js';
import { Stopwatch } from '../clock/stopwatch.js';
import { WorkQueue } from '../clock/work-queue.js';
import { log } from '../log.js';
import { OwnWork } from '../own-work.js';
import type { FlushPipeline } from './flush-pipeline.js';
import { FlushRecorder } from './flush-recorder.js';
import type { FlushReport } from './flush-report.js';
import { FlushSchedule } from './flush-schedule.js';
import { flushSettingsText, type FlushSettings } from './flush-settings.js';
import { FlushSilence } from './flush-silence.js';
import type { NumberWait } from './number-wait.js';
import type { Delivery } from './sender.js';
import type { SettingsPoll } from './settings-poll.js';

/** The share of its time that a request may wait for settings before it flushes. */
const SETTINGS_SHARE = 0.5;

/** Sends cells. The flush is given up when the signal is aborted. */
type Send = (giveUp: AbortSignal) => Promise<Delivery>;

/** `off` is a pause. `ended` is final: nothing is sent any more. */
type State = 'new' | 'on' | 'off' | 'ended';

/** Begins flushes, and runs only one at a time. */
export class Flusher {
  private readonly ownWork = new OwnWork();
  private readonly queue = new WorkQueue();
  private readonly schedule: FlushSchedule;
  private readonly recorder: FlushRecorder;
  readonly silence: FlushSilence;
  private state: State = 'new';
  /** Gives up the flush in progress when it is aborted. */
  private giveUp = new AbortController();
  private cancelTimer = (): void => {};

  /**
   * @param settings shared with other parts. Only {@link useSettings} changes them.
   * @param poll reads settings. Requests that flush take part in it.
   */
  constructor(
    private readonly pipeline: Pick<FlushPipeline, 'sendAll' | 'sendDue' | 'sendRecorded'>,
    private readonly settings: FlushSettings,
    numberWait: NumberWait,
    private readonly clock: Clock,
    private readonly poll?: SettingsPoll,
  ) {
    this.schedule = new FlushSchedule(clock, () => settings.intervalSec * 1000, this.firstShare());
    this.silence = new FlushSilence(settings, clock);
    this.recorder = new FlushRecorder(this.schedule, this.silence, numberWait, clock);
  }

  /** Whether flushes may begin. */
  get isStarted(): boolean {
    return this.state === 'on';
  }

  get lastReport(): FlushReport | undefined {
    return this.recorder.lastReport;
  }

  /** Seconds until the next flush is due; negative when it is late. */
  get nextFlushInSec(): number {
    return this.schedule.remainingMs() / 1000;
  }

  /** Whether {@link electRequest} would elect a request now. */
  get isDueInRequest(): boolean {
    return this.poll?.isDueInRequest === true || this.electsRequest();
  }

  get isLate(): boolean {
    return this.schedule.isLate();
  }

  /** Starts, or continues after a pause. */
  start(): void {
    if (this.state === 'ended') {
      return;
    }
    this.state = 'on';
    this.schedule.begin(this.firstShare());
    this.silence.begin();
    this.arm();
  }

  /** Pauses: begins no flush until the next start, also none that waits. A flush in progress goes on. */
  pause(): void {
    if (this.state === 'on') {
      this.state = 'off';
      this.cancelTimer();
    }
  }

  get isFlushing(): boolean {
    return this.queue.isBusy;
  }

  /** Waits until no flush is in progress. */
  idle(): Promise<void> {
    return this.queue.idle();
  }

  useSettings(settings: FlushSettings): void {
    const before = flushSettingsText(this.settings);
    Object.assign(this.settings, settings);
    const now = flushSettingsText(settings);
    if (this.isStarted && now !== before) {
      log.info(`Metrics are now flushed ${now}.`);
      this.arm();
    }
  }

  /** Sets the callback that runs after every flush, in place of the last one. */
  onReport(callback: (report: FlushReport) => void): void {
    this.recorder.onReport(callback);
  }

  /**
   * Gives up the flush in progress and flushes at once, before all flushes that wait. Does not run callbacks, nor
   * read sources: the caller has done so.
   */
  async flushAtOnce(timeoutSec: number): Promise<FlushReport> {
    if (!this.isStarted) {
      return this.recorder.disabled();
    }
    this.giveUpFlush();
    return this.queue.runNext(() =>
      this.isStarted ? this.last(timeoutSec) : this.recorder.disabled(),
    );
  }

  /**
   * Flushes as {@link flushAtOnce} for the last time. No other flush begins after this call, also none that waits.
   */
  async stop(timeoutSec: number): Promise<FlushReport> {
    const { isStarted } = this;
    this.state = 'ended';
    this.cancelTimer();
    if (!isStarted) {
      return this.recorder.disabled();
    }
    this.giveUpFlush();
    return this.queue.runNext(() => this.last(timeoutSec));
  }

  /**
   * Elects the calling request if a flush is due. The flush begins at once, and the request waits for the promise, which
   * never rejects.
   */
  electRequest(): Promise<void> | undefined {
    if (this.poll?.isDueInRequest) {
      return settled(this.refreshAndFlush(this.poll));
    }
    return this.electsRequest() ? settled(this.flushDue(this.timeoutMs)) : undefined;
  }

  /** Flushes now, after the flush in progress and all flushes that wait. */
  async flush(): Promise<FlushReport> {
    return this.queue.run(() =>
      this.isStarted
        ? this.run(giveUp => this.pipeline.sendAll(this.timeoutMs, giveUp))
        : this.recorder.disabled(),
    );
  }

  private flushDue(timeoutMs: number): Promise<FlushReport> {
    return this.queue.run(() => this.run(giveUp => this.pipeline.sendDue(timeoutMs, giveUp)));
  }

  private last(timeoutSec: number): Promise<FlushReport> {
    return this.run(giveUp => this.pipeline.sendRecorded(timeoutSec * 1000, giveUp));
  }

  private giveUpFlush(): void {
    this.giveUp.abort(new Error('The flush was given up, since the application shuts down.'));
  }

  /** Reads the settings and flushes, both within the time that one request may wait. */
  private async refreshAndFlush(poll: SettingsPoll): Promise<void> {
    const { timeoutMs } = this;
    const begun = new Stopwatch(this.clock);
    await poll.refresh(timeoutMs * SETTINGS_SHARE);
    const leftMs = timeoutMs - begun.elapsedMs();
    if (leftMs > 0 && this.electsRequest()) {
      await this.flushDue(leftMs);
    }
  }

  private get timeoutMs(): number {
    return this.settings.timeoutSec * 1000;
  }

  /** Spreads the first timers of instances that start together. Requests may flush at once. */
  private firstShare(): number {
    return this.settings.mode === 'request' ? 0 : 1 - Math.random() / 2;
  }

  private electsRequest(): boolean {
    if (this.queue.isBusy || !this.isStarted || this.settings.mode === 'background') {
      return false;
    }
    return this.settings.mode === 'request' ? this.schedule.isDue() : this.schedule.isLate();
  }

  private run(send: Send): Promise<FlushReport> {
    this.cancelTimer();
    this.giveUp = new AbortController();
    const { signal } = this.giveUp;
    return this.ownWork.run(async () => {
      const report = await this.recorder.record(() => send(signal));
      this.arm();
      return report;
    });
  }

  private arm(): void {
    this.cancelTimer();
    if (this.isStarted && this.settings.mode !== 'request') {
      const delayMs = Math.max(0, this.schedule.remainingMs());
      this.cancelTimer = this.clock.after(delayMs, () => this.timerFired(), { unref: true });
    }
  }

  /** Sets the timer, unless a flush is in progress: that flush sets the timer when it ends. */
  private timerFired(): void {
    if (!this.queue.isBusy) {
      void this.flushDue(this.timeoutMs);
    }
  }
}

/** Resolves when the work has succeeded or failed, since a waiting request must be answered in both cases. */
function settled(work: Promise<unknown>): Promise<void> {
  return work.then(
    () => {},
    () => {},
  );
}
