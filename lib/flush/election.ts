import type { Clock } from '../clock/clock.js';
import { OwnWork } from '../own-work.js';
import type { Flusher } from './flusher.js';
import type { HeldTaskNumber } from './held-task-number.js';

/** How long a call may wait for a task number that others assign. Nothing can be sent without one. */
const LONGEST_WAIT_FOR_NUMBER_MS = 1_000;

/** Asks whether to wait for a flush: undefined where not. The promise never rejects. */
export type ElectRequest = () => Promise<void> | undefined;

/** Elects the request, or the call of another transport, that flushes, and limits how long it waits. */
export class Election {
  private readonly ownWork = new OwnWork();

  /** @param assignsOwnNumber whether a flush assigns the number of this instance, where it has none. */
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

  /** Elects the call that asks, if a flush is due. The flush begins at once, and the call waits for the promise. */
  elect(): ReturnType<ElectRequest> {
    const flush = this.flusher.electRequest();
    return flush && this.notLongWithoutNumber(flush);
  }

  /**
   * Elects the call that asks, if a flush is a whole interval late. For calls that should not wait, such as probes, whose
   * time limit is often one second: others are elected where there are any.
   */
  electReluctantly(): ReturnType<ElectRequest> {
    return this.flusher.isLate ? this.elect() : undefined;
  }

  private notLongWithoutNumber(flush: Promise<void>): Promise<void> {
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
