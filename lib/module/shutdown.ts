import type { Clock } from '../clock/clock.js';
import { Deadline } from '../clock/deadline.js';
import { Stopwatch } from '../clock/stopwatch.js';
import { logCallbackFailure, runCallbacks } from '../flush/run-callbacks.js';
import { errorText, log } from '../log.js';
import type { Registry, RegistryOwner } from '../metrics/registry.js';
import { OwnWork } from '../own-work.js';
import type { ExportSwitch } from './export-switch.js';
import type { Composition } from './composition.js';

/**
 * The latest end of each step of a shutdown, as a share of `shutdown.timeoutSec`. The next steps may use the time that a step
 * leaves. The last share is below 1, since timers fire late.
 */
const ENDS = {
  firstFlush: 0.45,
  openRequests: 0.6,
  lastFlush: 0.8,
  release: 0.9,
  closing: 0.95,
};
/** The share for the metrics callbacks before each of the two flushes, and as much for the sources. */
const CALLBACKS_SHARE = 0.1;
/** The least share of each step, also after the process was frozen or blocked beyond the end of the step. */
const SHORTEST_STEP = 0.05;

/**
 * Runs the shutdown: a flush at once, a last flush after the requests in flight, and the release of the number (F6). One deadline
 * limits all of it. When the deadline is near, the last flush and the release no longer wait for requests.
 */
export class Shutdown {
  private readonly ownWork = new OwnWork();
  private begun: Promise<void> | undefined;
  private sinceBegin: Stopwatch;
  private firstFlush: Promise<void> = Promise.resolve();
  private cancelTimer = (): void => {};
  private requestsEnded = (): void => {};
  private readonly ended: Promise<void>;

  /** @param owner holds the registry. */
  constructor(
    private readonly parts: Composition,
    private readonly exportSwitch: ExportSwitch,
    private readonly owner: RegistryOwner,
  ) {
    this.sinceBegin = new Stopwatch(this.clock);
    this.ended = new Promise<void>(resolve => {
      this.requestsEnded = resolve;
    }).then(() => this.ownWork.run(() => this.end()));
  }

  /**
   * Begins once, with a flush of everything recorded so far, since there may be no time later.
   *
   * @returns when the metrics callbacks have run. They may need resources that other modules are about to close.
   */
  begin(): Promise<void> {
    return (this.begun ??= this.ownWork.run(() => this.start()));
  }

  /** Completes the shutdown. Call it when the requests in flight have ended. */
  async finish(): Promise<void> {
    void this.begin();
    this.requestsEnded();
    await this.ended;
  }

  private get clock(): Clock {
    return this.parts.clock;
  }

  private get registry(): Registry {
    return this.parts.settings.options.registry;
  }

  private start(): Promise<void> {
    this.sinceBegin = new Stopwatch(this.clock);
    this.registry.leave(this.owner, this.ended);
    this.cancelTimer = this.clock.after(this.msUntil(ENDS.openRequests), () => this.waitNoLonger());
    this.exportSwitch.close();
    const callbacks = this.callbacks(logCallbackFailure);
    this.firstFlush = callbacks.then(() => this.flushAtOnce());
    return callbacks;
  }

  /** Starts the callbacks synchronously, while the application's database is still open. */
  private async callbacks(failed: (error: unknown) => void): Promise<void> {
    if (!this.parts.flusher.isStarted) {
      return;
    }
    const timeoutMs = CALLBACKS_SHARE * this.timeoutMs;
    await Deadline.run(this.clock, 'A metrics callback', timeoutMs, ({ signal }) =>
      runCallbacks(this.registry, signal, failed),
    );
    await this.parts.sources.read(timeoutMs);
  }

  /** The flush has a shorter deadline of its own. The outer deadline is for faults. */
  private flushAtOnce(): Promise<void> {
    return this.within('The flush at shutdown', ENDS.openRequests, () =>
      this.parts.flusher.flushAtOnce(this.msUntil(ENDS.firstFlush) / 1000),
    );
  }

  private lastFlush(): Promise<void> {
    return this.within('The last flush', ENDS.release, () =>
      this.parts.flusher.stop(this.msUntil(ENDS.lastFlush) / 1000),
    );
  }

  private waitNoLonger(): void {
    if (this.parts.flusher.isStarted) {
      log.warn(
        `The shutdown has taken ${Math.round(this.sinceBegin.elapsedMs() / 100) / 10} s so far, since requests are open or another module takes its time. The last flush begins now; what is recorded later is not sent.`,
      );
    }
    this.requestsEnded();
  }

  private async end(): Promise<void> {
    this.cancelTimer();
    await this.firstFlush;
    await this.callbacks(logLateCallbackFailure);
    await this.lastFlush();
    await Promise.all([this.release(), this.closeMonitors()]);
    if (this.registry.isClaimedBy(this.owner)) {
      this.exportSwitch.end();
      this.registry.release(this.owner);
    }
  }

  private async release(): Promise<void> {
    const { taskNumber, chosenAllocator: chosen } = this.parts;
    await this.within('Releasing the task number', ENDS.release, signal =>
      taskNumber.release(signal),
    );
    await this.within('Closing the allocator', ENDS.closing, () =>
      this.ownWork.runUncounted(() => chosen.close()),
    );
  }

  private async closeMonitors(): Promise<void> {
    const { monitors } = this.parts.chosenMonitors;
    await Promise.all(
      monitors.map(monitor =>
        this.within('Closing the monitor', ENDS.closing, () =>
          this.ownWork.runUncounted(() => monitor.close()),
        ),
      ),
    );
  }

  private async within(
    what: string,
    end: number,
    work: (signal: AbortSignal) => Promise<unknown>,
  ): Promise<void> {
    try {
      await Deadline.run(this.clock, what, this.msUntil(end), deadline =>
        deadline.race(work(deadline.signal)),
      );
    } catch (error) {
      log.warn(`${what} failed: ${errorText(error)}`);
    }
  }

  private msUntil(end: number): number {
    const leftMs = end * this.timeoutMs - this.sinceBegin.elapsedMs();
    return Math.max(leftMs, SHORTEST_STEP * this.timeoutMs);
  }

  private get timeoutMs(): number {
    return this.parts.settings.options.shutdown.timeoutSec * 1000;
  }
}

/** Ignores a failed callback: its resources may be closed now, and it has run at the beginning of the shutdown. */
function logLateCallbackFailure(error: unknown): void {
  log.info(
    `A metrics callback failed in the last flush, which sends what it set when the shutdown began: ${errorText(error)}`,
  );
}
