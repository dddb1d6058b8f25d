import { Deadline } from '../clock/deadline.js';
import { droppedCellsReporter } from '../self/dropped-cells.js';
import { FlushMetrics } from '../self/flush-metrics.js';
import type { FlushSettings } from '../flush/flush-settings.js';
import { presenceReporter } from '../self/presence.js';
import { RuntimeStatistics } from '../self/runtime-statistics.js';
import type { LiveSettings } from '../flush/settings-poll.js';
import { unknownSendsReporter } from '../self/unknown-sends.js';
import { classNameOf, errorText, log } from '../log.js';
import { OwnWork } from '../own-work.js';
import { registerCallback } from '../metrics/callbacks.js';
import { storeOf, type InMemoryStore } from '../store/in-memory-store.js';
import { isInMemoryAllocator } from '../task-numbers/in-memory-task-num-allocator.js';
import { isNoTaskNumberError } from '../task-numbers/task-num-allocator.js';
import type { Composition } from './composition.js';

/** For each step to the first number where it is assigned in memory. */
const FIRST_NUMBER_TIMEOUT_SEC = 5;

/** What goes on only while metrics are enabled. */
export class ExportSwitch {
  private readonly ownWork = new OwnWork();
  private readonly undo: (() => void)[] = [];
  private enabled: boolean | undefined;
  private begun = false;
  private closing = false;

  constructor(private readonly parts: Composition) {}

  /** Whether metrics were ever enabled, so that there may be a number to release. */
  get hasBegun(): boolean {
    return this.begun;
  }

  /** Uses these settings from now on. */
  apply(live: LiveSettings): Promise<void> {
    return this.ownWork.run(() => this.use(live));
  }

  /** Begins nothing any more, since the application shuts down. */
  close(): void {
    this.closing = true;
    this.parts.poll?.stop();
    this.parts.housekeeping.stop();
  }

  /** Stops reporting, since the application has sent its last metrics. */
  end(): void {
    this.unregisterReporters();
    this.store.recording = true;
  }

  private async use({ enabled, flush }: LiveSettings): Promise<void> {
    this.useFlushSettings(flush);
    if (enabled === this.enabled) {
      return;
    }
    this.enabled = enabled;
    if (enabled) {
      await this.start();
    } else {
      this.pause();
    }
  }

  private get store(): InMemoryStore {
    return storeOf(this.parts.settings.options.registry);
  }

  private useFlushSettings(flush: FlushSettings): void {
    const { settings, flusher } = this.parts;
    const before = describe(settings.flush);
    Object.assign(settings.flush, flush);
    if (this.enabled && describe(flush) !== before) {
      log.info(`Metrics are now flushed ${describe(flush)}.`);
      flusher.settingsChanged();
    }
  }

  /** A flush from before a pause may still be under way, and must not send what belongs to new streams. */
  private async start(): Promise<void> {
    const { flusher } = this.parts;
    if (flusher.isFlushing) {
      await flusher.idle();
    }
    if (!this.enabled || this.closing || flusher.isStarted) {
      return;
    }
    log.info(this.summary());
    this.warnOfIdentity();
    this.beginRecording();
    this.registerReporters();
    flusher.start();
    await this.claimNumber();
  }

  /** Logs the warning at the first start, not after each pause. */
  private warnOfIdentity(): void {
    const { identityWarning } = this.parts.settings;
    if (identityWarning !== undefined && !this.begun) {
      log.warn(identityWarning);
    }
  }

  private beginRecording(): void {
    this.store.recording = true;
    if (this.begun) {
      this.store.startStreams();
    }
    this.begun = true;
  }

  private pause(): void {
    const { flusher, settings } = this.parts;
    flusher.pause();
    this.unregisterReporters();
    this.store.recording = false;
    const why = settings.read ? 'the settings say so' : 'the option enabled is false';
    log.info(`Metrics are disabled, since ${why}.`);
  }

  private registerReporters(): void {
    const { clientHooks, flusher, requests, settings } = this.parts;
    const { registry, runtimeStats } = settings.options;
    const reporters = [
      presenceReporter(registry),
      droppedCellsReporter(registry),
      unknownSendsReporter(registry),
    ];
    if (runtimeStats) {
      const statistics = new RuntimeStatistics(registry, requests);
      statistics.start();
      this.undo.push(() => statistics.stop());
      reporters.push(() => statistics.report());
    }
    this.undo.push(...reporters.map(reporter => registerCallback(reporter, registry)));
    if (clientHooks) {
      this.undo.push(clientHooks.start());
    }
    const flushMetrics = new FlushMetrics(registry);
    flusher.onReport(report => flushMetrics.record(report));
  }

  private unregisterReporters(): void {
    for (const undo of this.undo.splice(0)) {
      undo();
    }
  }

  /** Assigns the number at once where numbers are in memory: no other process would. */
  private async claimNumber(): Promise<void> {
    if (!isInMemoryAllocator(this.parts.chosenAllocator.allocator)) {
      void this.claim();
      return;
    }
    await this.claim();
    await this.assignNumbers();
    await this.claim();
    this.parts.housekeeping
      .run()
      .catch((error: unknown) => log.error('Housekeeping failed.', error));
  }

  /** The sooner the claim is made, the sooner housekeeping can assign a number. */
  private claim(): Promise<void> {
    return this.attempt('The first heartbeat', ({ signal }) => this.parts.taskNumber.renew(signal));
  }

  private assignNumbers(): Promise<void> {
    return this.attempt('The first assignment of task numbers', async deadline => {
      const { allocator } = this.parts.chosenAllocator;
      this.parts.countAssignment(await deadline.race(allocator.assignTaskNumbers()));
    });
  }

  /** An allocator that fails or hangs must not keep the application from starting: each flush tries again. */
  private async attempt(what: string, step: (deadline: Deadline) => Promise<void>): Promise<void> {
    try {
      await Deadline.run(this.parts.clock, what, FIRST_NUMBER_TIMEOUT_SEC * 1000, step);
    } catch (error) {
      if (!isNoTaskNumberError(error) && !this.closing) {
        log.warn(`No task number was claimed yet: ${errorText(error)}`);
      }
    }
  }

  private summary(): string {
    const { settings, chosenMonitors, chosenAllocator: chosen } = this.parts;
    const { flush, task, platform } = settings;
    const monitors = chosenMonitors.monitors.map(monitor => classNameOf(monitor)).join(', ');
    return [
      `Metrics of ${task.group} are sent to ${monitors} (${chosenMonitors.reason})`,
      `every ${flush.intervalSec} s, flush mode ${flush.mode} (platform ${platform.name})`,
      `task numbers from ${classNameOf(chosen.allocator)} (${chosen.reason}).`,
    ].join('; ');
  }
}

function describe({ mode, intervalSec, timeoutSec, workers }: FlushSettings): string {
  return `every ${intervalSec} s, flush mode ${mode}, for at most ${timeoutSec} s, by ${workers} workers`;
}
