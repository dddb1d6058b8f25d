import { systemClock, type Clock } from '../../clock/clock.js';
import { Stopwatch } from '../../clock/stopwatch.js';
import type { Task } from '../../targets/task.js';
import { assertEndTime, claimKey } from '../claim.js';
import { DEFAULT_EXPIRATION_SEC } from '../expiration.js';
import type { TargetGroupReport } from '../target-group-report.js';
import {
  TaskNumAllocator,
  isNoTaskNumberError,
  NoTaskNumberError,
  type AssignmentOptions,
  type AssignmentReport,
} from '../task-num-allocator.js';
import { ClockWatch } from './clock-watch.js';
import { AssignmentRunner } from './assignment-runner.js';
import { InstanceClaim } from './instance-claim.js';
import { RowAlarms } from './row-alarms.js';
import type { RowStore } from './row-store.js';
import { TargetGroupReader } from './target-group-reader.js';

/** Parts and settings of a {@link RowTaskNumAllocator}. */
export interface RowTaskNumAllocatorOptions {
  readonly store: RowStore;
  readonly expirationSec?: number;
  readonly selfAssign?: boolean;
  readonly onSelfAssignment?: (report: AssignmentReport) => void;
  readonly clock?: Clock;
  readonly random?: () => number;
}

const HEARTBEAT_DEADLINE_MS = 5_000;
const HOUSEKEEPING_DEADLINE_MS = 10_000;
/** A heartbeat tries for this long to assign a number to its own instance. Then it waits for housekeeping. */
const SELF_ASSIGNMENT_MS = 4_000;
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 800;

/** Keeps task numbers in rows that are changed only by conditional commits. */
export class RowTaskNumAllocator extends TaskNumAllocator {
  /** Seconds: a claim of this process expires when its heartbeat is strictly older. */
  readonly expirationSec: number;
  private readonly clock: Clock;
  private readonly clockWatch: ClockWatch;
  private readonly alarms: RowAlarms;
  private readonly store: RowStore;
  private readonly runner: AssignmentRunner;
  private readonly claims = new Map<string, InstanceClaim>();

  constructor(private readonly options: RowTaskNumAllocatorOptions) {
    super();
    this.expirationSec = options.expirationSec ?? DEFAULT_EXPIRATION_SEC;
    this.clock = options.clock ?? systemClock;
    this.clockWatch = new ClockWatch(this.clock, this.expirationSec);
    this.alarms = new RowAlarms(this.clock, this.clockWatch);
    this.store = this.clockWatch.watched(options.store);
    this.runner = new AssignmentRunner({
      store: this.store,
      clock: this.clock,
      deadlineMs: HOUSEKEEPING_DEADLINE_MS,
      holder: () => this.claims.keys().next().value,
      onForeignWriter: () => this.alarms.foreignWriter(),
      onEmptied: () => this.alarms.emptied(),
    });
  }

  async notifyTaskIsAlive(task: Task, instanceId: string): Promise<number> {
    const claim = this.claimOf(task, instanceId);
    try {
      return await this.notifyOrSelfAssign(claim, task.group);
    } catch (error) {
      throw isNoTaskNumberError(error) ? this.withReason(error) : error;
    }
  }

  async assignTaskNumbers(options: AssignmentOptions = {}): Promise<AssignmentReport> {
    return await this.runner.serveAll(options);
  }

  async release(task: Task, instanceId: string, latestEndTime?: number): Promise<void> {
    const claim = this.claimOf(task, instanceId);
    assertEndTime(latestEndTime);
    await claim.release(latestEndTime);
  }

  override async instances(task: Task, limit: number): Promise<TargetGroupReport> {
    const reader = new TargetGroupReader({
      store: this.store,
      clock: this.clock,
      deadlineMs: HEARTBEAT_DEADLINE_MS,
    });
    return await reader.read(task.group, limit);
  }

  /** Closes the connection. A later call opens a new one. */
  async close(): Promise<void> {
    await this.store.close();
  }

  private async notifyOrSelfAssign(claim: InstanceClaim, group: string): Promise<number> {
    try {
      return await claim.notify();
    } catch (error) {
      if (this.options.selfAssign && isNoTaskNumberError(error) && claim.isWaiting) {
        return await this.selfAssign(claim, group);
      }
      throw error;
    }
  }

  /** Adds to the message that the clock is wrong: an instance with a wrong clock may wait for ever. */
  private withReason(error: NoTaskNumberError): NoTaskNumberError {
    const { difference } = this.clockWatch;
    return difference === undefined
      ? error
      : new NoTaskNumberError(`${error.message}, and ${difference}`);
  }

  /** Runs the assignment for the claim's target group, unless another run assigns a number first. */
  private async selfAssign(claim: InstanceClaim, group: string): Promise<number> {
    const stopwatch = new Stopwatch(this.clock);
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
      await this.pause(pauseMs);
      try {
        return await claim.notify();
      } catch (error) {
        const isLate = stopwatch.elapsedMs() > SELF_ASSIGNMENT_MS;
        if (!isNoTaskNumberError(error) || !claim.isWaiting || isLate) {
          throw error;
        }
      }
      const report = await this.runner.serveGroup(group);
      if (!report.skipped) {
        this.options.onSelfAssignment?.(report);
        return await claim.notify();
      }
    }
  }

  /** Waits for a random time, so that instances that started together do not all try to take the lease together. */
  private pause(maxMs: number): Promise<void> {
    const { random = Math.random } = this.options;
    return new Promise(resolve => {
      this.clock.after(maxMs * random(), resolve);
    });
  }

  private claimOf(task: Task, instanceId: string): InstanceClaim {
    const key = claimKey(task, instanceId);
    let claim = this.claims.get(key);
    if (!claim) {
      claim = new InstanceClaim({
        store: this.store,
        clock: this.clock,
        key,
        group: task.group,
        expirationSec: this.expirationSec,
        deadlineMs: HEARTBEAT_DEADLINE_MS,
        onTrouble: trouble => this.alarms.claim(key, trouble),
      });
      this.claims.set(key, claim);
    }
    return claim;
  }
}
