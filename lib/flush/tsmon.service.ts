import type { Registry } from '../metrics/registry.js';
import { storeOf } from '../store/in-memory-store.js';
import type { FlushReport } from './flush-report.js';
import type { Flusher } from './flusher.js';
import type { HeldTaskNumber } from './held-task-number.js';

/**
 * What {@link TsmonService.status} tells.
 *
 * @publicApi
 */
export interface TsmonStatus {
  /** False while metrics are disabled, before the application has started and after it was closed. */
  readonly running: boolean;
  /** The labels of the target under which this instance reports, with its number; undefined without one. */
  readonly target: Readonly<Record<string, string | number>> | undefined;
  /** What the last flush did; undefined before the first one. */
  readonly lastFlush: FlushReport | undefined;
  /** Seconds until the next flush is due; negative when it is late. */
  readonly nextFlushInSec: number;
  /** How many recordings each metric has lost because it had too many cells. */
  readonly dropped: Readonly<Record<string, number>>;
}

/**
 * Flushes by hand, and tells how flushing goes. Inject it.
 *
 * @publicApi
 */
export class TsmonService {
  /** @internal */
  constructor(
    private readonly flusher: Flusher,
    private readonly taskNumber: HeldTaskNumber,
    private readonly registry: Registry,
  ) {}

  /**
   * Sends all metrics now, after the flush that is under way, if one is. It never rejects: the report says
   * what failed.
   */
  flush(): Promise<FlushReport> {
    return this.flusher.flush();
  }

  /**
   * How flushing goes.
   *
   * @throws TypeError when the registry belongs to another copy of this package.
   */
  status(): TsmonStatus {
    return {
      running: this.flusher.isStarted,
      target: this.taskNumber.target()?.labels(),
      lastFlush: this.flusher.lastReport,
      nextFlushInSec: this.flusher.nextFlushInSec,
      dropped: Object.fromEntries(storeOf(this.registry).dropped()),
    };
  }

  /**
   * Forgets all values, sent or not, as at the start of the process. For tests.
   *
   * @throws as {@link status}.
   */
  reset(): void {
    storeOf(this.registry).reset();
  }
}
