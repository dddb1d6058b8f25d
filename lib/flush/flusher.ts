import type { Clock } from '../clock/clock.js';
import { Stopwatch } from '../clock/stopwatch.js';
import { Turns } from '../clock/turns.js';
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

/** The part of its time that a request may wait for settings before it flushes. */
const SETTINGS_SHARE = 0.5;

/** Sends until the signal is aborted: the flush is then given up. */
type Send = (giveUp: AbortSignal) => Promise<Delivery>;

/** `off` is a pause. After `ended` nothing is sent any more, and no start changes that. */
type State = 'new' | 'on' | 'off' | 'ended';

/** Says when a flush begins, and lets only one run at a time. */
export class Flusher {
  private readonly ownWork = new OwnWork();
  private readonly turns = new Turns();
  private readonly schedule: FlushSchedule;
  private readonly recorder: FlushRecorder;
  readonly silence: FlushSilence;
  private state: State = 'new';
  /** Gives up the flush that runs. */
  private giveUp = new AbortController();
  private cancelTimer = (): void => {};

  /**
   * @param settings read by other parts, too. Only {@link useSettings} changes them.
   * @param poll of those settings, which the requests that flush take part in.
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

  /** True between start and stop, but for pauses. */
  get isStarted(): boolean {
    return this.state === 'on';
  }

  /** What the last flush did. */
  get lastReport(): FlushReport | undefined {
    return this.recorder.lastReport;
  }

  /** Seconds until the next flush is due; negative when it is late. */
  get nextFlushInSec(): number {
    return this.schedule.remainingMs() / 1000;
  }

  /** Whether {@link electRequest} would elect. */
  get isDueInRequest(): boolean {
    return this.poll?.isDueInRequest === true || this.electsRequest();
  }

  /** Whether the next flush should have begun a whole interval ago. */
  get isLate(): boolean {
    return this.schedule.isLate();
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
    return this.turns.isBusy;
  }

  /** Waits until no flush is under way. */
  idle(): Promise<void> {
    return this.turns.idle();
  }

  /** Goes by these settings from now on. */
  useSettings(settings: FlushSettings): void {
    const before = flushSettingsText(this.settings);
    Object.assign(this.settings, settings);
    const now = flushSettingsText(settings);
    if (this.isStarted && now !== before) {
      log.info(`Metrics are now flushed ${now}.`);
      this.arm();
    }
  }

  /** Calls back after every flush, until another one asks for that. */
  onReport(callback: (report: FlushReport) => void): void {
    this.recorder.onReport(callback);
  }

  /**
   * Gives up the flush under way, and flushes in its place what is recorded, ahead of those that wait. Callbacks are not
   * run: the caller has run them.
   */
  async flushAtOnce(timeoutSec: number): Promise<FlushReport> {
    if (!this.isStarted) {
      return this.recorder.disabled();
    }
    this.giveUpFlush();
    return this.turns.takeNext(() =>
      this.isStarted ? this.last(timeoutSec) : this.recorder.disabled(),
    );
  }

  /**
   * A last flush, in place of the one under way, as {@link flushAtOnce}. From the call on no other one begins, nor do
   * those that wait.
   */
  async stop(timeoutSec: number): Promise<FlushReport> {
    const { isStarted } = this;
    this.state = 'ended';
    this.cancelTimer();
    if (!isStarted) {
      return this.recorder.disabled();
    }
    this.giveUpFlush();
    return this.turns.takeNext(() => this.last(timeoutSec));
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

  /** Flushes now, after the flush that runs and those that wait. */
  async flush(timeoutSec = this.settings.timeoutSec): Promise<FlushReport> {
    return this.turns.take(() =>
      this.isStarted
        ? this.run(giveUp => this.pipeline.sendAll(timeoutSec * 1000, giveUp))
        : this.recorder.disabled(),
    );
  }

  private flushDue(timeoutMs: number): Promise<FlushReport> {
    return this.turns.take(() => this.run(giveUp => this.pipeline.sendDue(timeoutMs, giveUp)));
  }

  private last(timeoutSec: number): Promise<FlushReport> {
    return this.run(giveUp => this.pipeline.sendRecorded(timeoutSec * 1000, giveUp));
  }

  private giveUpFlush(): void {
    this.giveUp.abort(new Error('It was given up, since the application shuts down.'));
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

  private get timeoutMs(): number {
    return this.settings.timeoutSec * 1000;
  }

  /** Timers that start together must not fire together; a request may flush at once. */
  private firstShare(): number {
    return this.settings.mode === 'request' ? 0 : 1 - Math.random() / 2;
  }

  private electsRequest(): boolean {
    if (this.turns.isBusy || !this.isStarted || this.settings.mode === 'background') {
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

  /** A flush that still runs sets the timer again when it ends. */
  private timerFired(): void {
    if (!this.turns.isBusy) {
      void this.flushDue(this.timeoutMs);
    }
  }
}

/** Resolves when the work has ended, in whichever way: a request that waits for it must be answered. */
function settled(work: Promise<unknown>): Promise<void> {
  return work.then(
    () => {},
    () => {},
  );
}
