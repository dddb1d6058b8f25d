import { Deadline } from '../clock/deadline.js';
import { flushMetricsRecorder } from '../self/flush-metrics.js';
import {
  droppedCellsReporter,
  misusedReporter,
  presenceReporter,
  unknownSendsReporter,
} from '../self/reporters.js';
import { RuntimeStatistics } from '../self/runtime-statistics.js';
import type { LiveSettings } from '../flush/settings-poll.js';
import { nameOf, errorText, log } from '../log.js';
import { OwnWork } from '../own-work.js';
import { registerCallback } from '../metrics/callbacks.js';
import { OnceLog } from '../seldom-log.js';
import type { PlatformName } from '../platform/platform.js';
import { storeOf, type InMemoryStore } from '../store/in-memory-store.js';
import { isNoTaskNumberError, type TaskNumAllocator } from '../task-numbers/task-num-allocator.js';
import type { Composition } from './composition.js';

/** The time limit of each step to the first task number at the start. */
const FIRST_NUMBER_TIMEOUT_SEC = 5;
/** The time limit for sources when metrics are enabled again. */
const SOURCES_TIMEOUT_SEC = 2;

/** Starts and stops everything that runs only while metrics are enabled. */
export class ExportSwitch {
  private readonly ownWork = new OwnWork();
  private readonly undo: (() => void)[] = [];
  private readonly onceLog = new OnceLog();
  /** Whether the start of the application is over, so that the first use of the allocator may load its package. */
  private mayClaim = false;
  /** `ended` after the beginning of the shutdown. */
  private state: 'new' | 'on' | 'off' | 'ended' = 'new';

  /** Sources count on while metrics are disabled. This is dropped, as recordings are. */
  private wasPaused = false;

  constructor(private readonly parts: Composition) {}

  /** Applies settings. */
  apply(live: LiveSettings): Promise<void> {
    return this.ownWork.run(() => this.use(live));
  }

  /** Makes the claim from now on as soon as metrics are enabled. It may block the process: call this when the start is over. */
  allowClaim(): void {
    this.mayClaim = true;
    if (this.state === 'on' && !this.allocator.inProcess) {
      void this.ownWork.run(() => this.claim());
    }
  }

  /** Begins nothing any more. Call it when the application shuts down. */
  close(): void {
    this.state = 'ended';
    this.parts.poll?.stop();
    this.parts.housekeeping.stop();
  }

  /** Stops the reporters. Call it when the application has sent its last metrics. */
  end(): void {
    this.unregisterReporters();
    this.store.recording = true;
  }

  private async use({ enabled, flush }: LiveSettings): Promise<void> {
    this.parts.flusher.useSettings(flush);
    const state = enabled ? 'on' : 'off';
    if (this.state === state || this.state === 'ended') {
      return;
    }
    this.state = state;
    if (enabled) {
      await this.start();
    } else {
      this.pause();
    }
  }

  private get allocator(): TaskNumAllocator {
    return this.parts.chosenAllocator.allocator;
  }

  private get isOn(): boolean {
    return this.state === 'on';
  }

  private get store(): InMemoryStore {
    return storeOf(this.parts.settings.options.registry);
  }

  /** Waits for a flush from before the pause: it must not send values of new streams. */
  private async start(): Promise<void> {
    const { flusher } = this.parts;
    if (flusher.isFlushing) {
      await flusher.idle();
    }
    if (this.state !== 'on' || flusher.isStarted) {
      return;
    }
    log.info(this.summary());
    const { identityWarning } = this.parts.settings;
    if (identityWarning !== undefined) {
      this.onceLog.warnOnce(identityWarning);
    }
    this.store.recording = true;
    if (this.wasPaused) {
      await this.parts.sources.skip(SOURCES_TIMEOUT_SEC * 1000);
      if (!this.isOn) {
        return;
      }
    }
    this.store.startStreams();
    this.registerReporters();
    flusher.start();
    await this.claimNumber();
  }

  private pause(): void {
    const { flusher, settings } = this.parts;
    this.wasPaused = true;
    flusher.pause();
    this.unregisterReporters();
    this.store.recording = false;
    const why = settings.options.settings ? 'the settings say so' : 'the option enabled is false';
    log.info(`Metrics are disabled, since ${why}.`);
  }

  private registerReporters(): void {
    const { clientHooks, cost, costLimit, flusher, requests, settings } = this.parts;
    const { registry, runtimeStats } = settings.options;
    const reporters = [
      presenceReporter(registry),
      droppedCellsReporter(registry),
      misusedReporter(registry),
      unknownSendsReporter(registry),
    ];
    if (runtimeStats) {
      const statistics = new RuntimeStatistics(registry, requests);
      statistics.start();
      this.undo.push(() => statistics.stop());
      reporters.push(() => statistics.report());
    }
    this.undo.push(...reporters.map(reporter => registerCallback(reporter, { registry })));
    if (clientHooks) {
      this.undo.push(clientHooks.start());
    }
    const record = flushMetricsRecorder(registry);
    flusher.onReport(report => {
      record(report);
      cost.afterFlush();
      costLimit.afterFlush();
    });
  }

  private unregisterReporters(): void {
    for (const undo of this.undo.splice(0)) {
      undo();
    }
  }

  /** Assigns the number at once if no other process would. Otherwise nothing waits for it. */
  private async claimNumber(): Promise<void> {
    if (!this.allocator.inProcess) {
      if (this.mayClaim) {
        void this.claim();
      }
      return;
    }
    await this.claim();
    await this.assignNumbers();
    await this.claim();
    this.parts.housekeeping
      .run()
      .catch((error: unknown) => log.error('Housekeeping failed.', error));
  }

  /** Makes the claim early, so that housekeeping can assign a number early. */
  private claim(): Promise<void> {
    return this.attempt('The first heartbeat', ({ signal }) => this.parts.taskNumber.renew(signal));
  }

  private assignNumbers(): Promise<void> {
    return this.attempt('The first assignment of task numbers', async deadline => {
      const assigned = this.ownWork.runUncounted(() => this.allocator.assignTaskNumbers());
      this.parts.countAssignment(await deadline.race(assigned));
    });
  }

  /** Limits a step: an allocator that fails or hangs must not stop the start of the application. Each flush tries again. */
  private async attempt(what: string, step: (deadline: Deadline) => Promise<void>): Promise<void> {
    try {
      await Deadline.run(this.parts.clock, what, FIRST_NUMBER_TIMEOUT_SEC * 1000, step);
    } catch (error) {
      if (!isNoTaskNumberError(error) && this.state !== 'ended') {
        log.warn(`No task number was claimed yet: ${errorText(error)}`);
      }
    }
  }

  private summary(): string {
    const { settings, flush, chosenMonitors, chosenAllocator: chosen } = this.parts;
    const { task, platform } = settings;
    const monitors = chosenMonitors.monitors.map(nameOf).join(', ');
    return [
      `Metrics of ${task.group} are sent to ${monitors} (${chosenMonitors.reason})`,
      `every ${flush.intervalSec} s, flush mode ${flush.mode} (platform ${platform.name})`,
      `task numbers from ${nameOf(chosen.allocator)} (${chosen.reason}).${this.billingHint()}`,
    ].join('; ');
  }

  /** Nothing inside an instance tells how it is billed, and so whether it has CPU between requests. */
  private billingHint(): string {
    const { settings } = this.parts;
    const mayBeByInstance = BILLED_EITHER_WAY.has(settings.platform.name);
    return mayBeByInstance && settings.options.flush.mode === undefined
      ? " With instance-based billing set flush.mode to 'both', so that no request waits."
      : '';
  }
}

const BILLED_EITHER_WAY: ReadonlySet<PlatformName> = new Set(['cloud-run', 'cloud-functions']);
