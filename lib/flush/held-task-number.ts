import type { Clock } from '../clock/clock.js';
import { abortable } from '../clock/deadline.js';
import { Stopwatch } from '../clock/stopwatch.js';
import { errorText, log } from '../log.js';
import { OwnWork } from '../own-work.js';
import type { Task } from '../targets/task.js';
import { isNoTaskNumberError, type TaskNumAllocator } from '../task-numbers/task-num-allocator.js';

/** The identity that claims a number, and how often the claim is renewed. */
interface InstanceIdentity {
  readonly task: Task;
  readonly instanceId: string;
  readonly heartbeatSec: number;
}

interface HoldingPeriod {
  /** The same object while the number is held without a break. */
  readonly target: Task;
  /** Started before the last answered heartbeat was sent. */
  readonly age: Stopwatch;
}

/** A call of the allocator in progress. */
interface Heartbeat {
  readonly taskNum: Promise<number>;
  readonly age: Stopwatch;
  readonly sentMs: number;
}

/**
 * Holds the task number of this instance. It renews the number in time, and forbids its use when the number may belong to another
 * instance (F5).
 */
export class HeldTaskNumber {
  private readonly ownWork = new OwnWork();
  private state: 'new' | 'claimed' | 'released' = 'new';
  private period: HoldingPeriod | undefined;
  /** The heartbeat in progress. Several callers may wait for it; it is forgotten when the first has its answer or gives up. */
  private heartbeat: Heartbeat | undefined;
  /** The latest end time that was given to a monitor, in microseconds since the epoch. */
  private latestEndTime: number | undefined;
  /**
   * The latest clock time of an answered heartbeat. The claim lives at least from that time, since its row keeps the latest
   * time. Housekeeping does not believe a time that is more than an hour ahead.
   */
  private latestHeartbeatMs = -Infinity;

  /** @param onChange runs when the number is gained, changed, lost or released. */
  constructor(
    private readonly allocator: TaskNumAllocator,
    private readonly identity: InstanceIdentity,
    private readonly clock: Clock,
    private readonly onChange: () => void,
  ) {}

  /** The target to send under, while the number is surely held. It is another object after the number was lost in between. */
  target(): Task | undefined {
    return this.period && this.period.age.elapsedMs() < this.safeAgeMs
      ? this.period.target
      : undefined;
  }

  /**
   * Decides whether a payload may be sent under the target. Call this in the same step in which a monitor gets the payload.
   *
   * @param endTime whole microseconds since the epoch. It may be ahead of the clock when the clock was set back. A point that is
   * dated later than the claim surely lives could overlap with points of the next holder of the number (T1).
   * @returns the reason why the payload must not be sent. Undefined when it may be sent; its end time counts as sent then.
   */
  admit(target: Task, endTime: number): string | undefined {
    const { period } = this;
    if (!period || this.target() !== target) {
      return 'The task number may be lost.';
    }
    const aheadMs = endTime / 1000 - (this.latestHeartbeatMs + this.safeAgeMs);
    if (aheadMs >= 0) {
      return clockWasAhead(period.target.taskNum, this.clock.now() + aheadMs);
    }
    this.latestEndTime = Math.max(endTime, this.latestEndTime ?? endTime);
    return undefined;
  }

  /**
   * Makes the claim, or renews it when it is due.
   *
   * @throws NoTaskNumberError while no number is assigned. Any other error when the number was released, or when the allocator
   * failed and the number is no longer surely held.
   */
  async renew(signal: AbortSignal): Promise<void> {
    this.assertNotReleased();
    if (this.period && this.period.age.elapsedMs() < this.identity.heartbeatSec * 1000) {
      return;
    }
    const heartbeat = (this.heartbeat ??= this.beginHeartbeat());
    try {
      const taskNum = await abortable(heartbeat.taskNum, signal);
      this.assertNotReleased();
      this.hold(taskNum, heartbeat);
    } catch (error) {
      this.renewalFailed(error);
    } finally {
      if (this.heartbeat === heartbeat) {
        this.heartbeat = undefined;
      }
    }
  }

  /** Releases the number for good, if one was claimed. From the call on nothing is sent under it. */
  async release(signal: AbortSignal): Promise<void> {
    const { state } = this;
    this.state = 'released';
    this.drop();
    if (state === 'claimed') {
      const { task, instanceId } = this.identity;
      const released = this.ownWork.runUncounted(() =>
        this.allocator.release(task, instanceId, this.latestEndTime),
      );
      await abortable(released, signal);
    }
  }

  /** The age at which sending stops: half of the expiry. The other half is for clocks that differ and for late requests. */
  private get safeAgeMs(): number {
    return (this.allocator.expirationSec * 1000) / 2;
  }

  /** Ends the hold. A late answer to a heartbeat does not bring the number back. */
  private assertNotReleased(): void {
    if (this.state === 'released') {
      throw new Error('The task number was released: the application has ended.');
    }
  }

  private beginHeartbeat(): Heartbeat {
    const age = new Stopwatch(this.clock);
    const { task, instanceId } = this.identity;
    const notify = async (): Promise<number> =>
      this.ownWork.runUncounted(() => this.allocator.notifyTaskIsAlive(task, instanceId));
    this.state = 'claimed';
    return { sentMs: this.clock.now(), taskNum: notify(), age };
  }

  private hold(taskNum: number, { age, sentMs }: Heartbeat): void {
    this.latestHeartbeatMs = Math.max(sentMs, this.latestHeartbeatMs);
    // After the safe age another instance may have held the same number in between.
    const target = this.target();
    if (target?.taskNum === taskNum) {
      this.period = { target, age };
      return;
    }
    this.period = { target: this.identity.task.withTaskNum(taskNum), age };
    log.info(`This instance has task number ${taskNum}.`);
    this.onChange();
  }

  private renewalFailed(error: unknown): void {
    if (isNoTaskNumberError(error)) {
      if (this.period) {
        log.warn(
          `This instance was silent for too long and lost task number ${this.period.target.taskNum}. It starts new streams with what was not yet sent.`,
        );
      }
      this.drop();
      throw error;
    }
    if (!this.target()) {
      throw error;
    }
    log.warn(
      `Could not renew task number ${this.period?.target.taskNum}; it stays in use for now: ${errorText(error)}`,
    );
  }

  private drop(): void {
    if (this.period) {
      this.period = undefined;
      this.onChange();
    }
  }
}

function clockWasAhead(taskNum: number, untilMs: number): string {
  return (
    `The clock of this instance was ahead, and was set back. Times of points never go back, and points dated so far ahead could overlap with points of the next holder of task number ${taskNum}. ` +
    `Nothing is sent, and nothing is lost, until ${new Date(Math.ceil(untilMs)).toISOString()}.`
  );
}
