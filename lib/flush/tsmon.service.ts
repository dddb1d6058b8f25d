import type { Registry } from '../metrics/registry.js';
import { storeOf } from '../store/in-memory-store.js';
import type { FlushReport } from './flush-report.js';
import type { Flusher } from './flusher.js';
import type { HeldTaskNumber } from './held-task-number.js';

/**
 * The result of {@link TsmonService.status}.
 *
 * @publicApi
 */
export interface TsmonStatus {
  /** False while metrics are disabled, before the application has started and after it was closed. */
  readonly running: boolean;
  /** The labels of the target under which this instance reports, with its number; undefined without one. */
  readonly target: Readonly<Record<string, string | number>> | undefined;
  /** The report of the last flush. Undefined before the first flush. */
  readonly lastFlush: FlushReport | undefined;
  /** Seconds until the next flush is due; negative when it is late. */
  readonly nextFlushInSec: number;
  /** The number of recordings that each metric has lost because it had too many cells. */
  readonly dropped: Readonly<Record<string, number>>;
}

/**
 * Flushes on request, and reports the state of flushing. Inject it.
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
   * Sends all metrics now, after the flush in progress, if there is one. The promise never rejects: the report says what
   * failed.
   */
  flush(): Promise<FlushReport> {
    return this.flusher.flush();
  }

  /**
   * Returns the state of flushing.
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
   * Removes all values, sent or not, as at the start of the process. It is meant for tests.
   *
   * @throws as {@link status}.
   */
  reset(): void {
    storeOf(this.registry).reset();
  }
}
