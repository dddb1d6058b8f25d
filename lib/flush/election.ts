import type { Clock } from '../clock/clock.js';
import { OwnWork } from '../own-work.js';
import type { Flusher } from './flusher.js';
import type { HeldTaskNumber } from './held-task-number.js';

/** The longest that a call waits for a task number from another instance. Nothing can be sent without a number. */
const LONGEST_WAIT_FOR_NUMBER_MS = 1_000;

/** Returns the flush that the request must wait for; undefined if it need not wait. The promise never rejects. */
export type ElectRequest = () => Promise<void> | undefined;

/** Elects the request, or the call of another transport, that flushes, and limits how long it waits. */
export class Election {
  private readonly ownWork = new OwnWork();

  /** @param assignsOwnNumber whether a flush assigns a task number to this instance if it has none. */
  constructor(
    private readonly flusher: Pick<Flusher, 'isDueInRequest' | 'isLate' | 'electRequest'>,
    private readonly taskNumber: Pick<HeldTaskNumber, 'target'>,
    private readonly assignsOwnNumber: boolean,
    private readonly clock: Clock,
  ) {}

  /** Whether the next call that asks is elected. */
  get isDue(): boolean {
    return this.flusher.isDueInRequest;
  }

  /** Elects the calling request if a flush is due. The flush begins at once, and the request waits for the promise. */
  elect(): ReturnType<ElectRequest> {
    const flush = this.flusher.electRequest();
    return flush && this.limitedWait(flush);
  }

  /**
   * Elects the calling request only if a flush is a whole interval late. Serves requests that should not wait, such as
   * probes, which often time out after one second. Other requests are elected earlier if there are any.
   */
  electReluctantly(): ReturnType<ElectRequest> {
    return this.flusher.isLate ? this.elect() : undefined;
  }

  private limitedWait(flush: Promise<void>): Promise<void> {
    if (this.assignsOwnNumber || this.taskNumber.target()) {
      return flush;
    }
    return this.ownWork.run(
      () =>
        new Promise(resolve => {
          const cancelTimer = this.clock.after(LONGEST_WAIT_FOR_NUMBER_MS, () => {
            if (!this.taskNumber.target()) {
              resolve();
            }
          });
          void flush.then(() => {
            cancelTimer();
            resolve();
          });
        }),
    );
  }
}
