import type { Clock } from '../clock/clock.js';
import { Deadline } from '../clock/deadline.js';
import { Stopwatch } from '../clock/stopwatch.js';
import { WorkQueue } from '../clock/work-queue.js';
import { errorText, log } from '../log.js';
import { OwnWork } from '../own-work.js';
import type { FlushSettings } from './flush-settings.js';

/** The settings that may change while the application runs. */
export interface LiveSettings {
  readonly enabled: boolean;
  readonly flush: FlushSettings;
}

type ReadSettings = (signal: AbortSignal) => Promise<LiveSettings>;

/** Applies settings. It is called after each read, also when nothing has changed. */
type UseSettings = (settings: LiveSettings) => Promise<void>;

const PERIOD_MS = 60_000;
/** Limits a read that no request waits for. */
const TIMEOUT_MS = 5_000;

/**
 * Reads settings once a minute. While they cannot be read, the last settings stay, and the log says so once. If requests flush,
 * they also poll, since the process may have no CPU between them; otherwise only a timer polls.
 */
export class SettingsPoll {
  private readonly ownWork = new OwnWork();
  private use: UseSettings = async () => {};
  private readonly queue = new WorkQueue();
  private state: 'new' | 'on' | 'ended' = 'new';
  private failing = false;
  /** Started at the beginning of the last read. */
  private age: Stopwatch;
  private cancelTimer = (): void => {};

  constructor(
    private readonly read: ReadSettings,
    private readonly flush: Pick<FlushSettings, 'mode'>,
    private readonly clock: Clock,
  ) {
    this.age = new Stopwatch(clock);
  }

  /**
   * Reads for the first time, and then regularly until {@link stop}.
   *
   * @param initial is applied when the first read fails.
   * @throws the error of `use` at this first time.
   */
  async start(initial: LiveSettings, use: UseSettings): Promise<void> {
    this.use = use;
    this.state = 'on';
    await this.ownWork.run(async () => {
      await use((await this.attempt(TIMEOUT_MS)) ?? initial);
      this.arm();
    });
  }

  /** Stops: nothing more is read or applied. */
  stop(): void {
    this.state = 'ended';
    this.cancelTimer();
  }

  /** Whether the calling request should wait for a read. A timer has a whole period to come first. */
  get isDueInRequest(): boolean {
    if (this.state !== 'on' || this.queue.isBusy || this.flush.mode === 'background') {
      return false;
    }
    const periods = this.flush.mode === 'request' ? 1 : 2;
    return this.age.elapsedMs() >= periods * PERIOD_MS;
  }

  /** Reads settings and applies them. The promise never rejects. */
  refresh(timeoutMs: number): Promise<void> {
    return this.ownWork.run(() => this.readAndUse(timeoutMs));
  }

  private async readAndUse(timeoutMs: number): Promise<void> {
    const settings = await this.attempt(timeoutMs);
    if (settings && this.state === 'on') {
      this.use(settings).catch((error: unknown) =>
        log.error('The new settings could not be used.', error),
      );
    }
    this.arm();
  }

  private attempt(timeoutMs: number): Promise<LiveSettings | undefined> {
    return this.queue.run(() => this.readOnce(timeoutMs));
  }

  private async readOnce(timeoutMs: number): Promise<LiveSettings | undefined> {
    this.cancelTimer();
    this.age = new Stopwatch(this.clock);
    try {
      const settings = await Deadline.run(this.clock, 'Reading them', timeoutMs, deadline =>
        deadline.race(this.read(deadline.signal)),
      );
      this.succeeded();
      return settings;
    } catch (error) {
      this.failed(error);
      return undefined;
    }
  }

  private succeeded(): void {
    if (this.failing) {
      this.failing = false;
      log.info('The settings can be read again.');
    }
  }

  private failed(error: unknown): void {
    if (!this.failing) {
      this.failing = true;
      log.warn(
        `The settings cannot be read, and the last ones stay until they can: ${errorText(error)}`,
      );
    }
  }

  private arm(): void {
    this.cancelTimer();
    if (this.state === 'on' && this.flush.mode !== 'request') {
      this.cancelTimer = this.clock.after(PERIOD_MS, () => void this.refresh(TIMEOUT_MS), {
        unref: true,
      });
    }
  }
}
