import { isClock, systemClock, type Clock } from '../clock/clock.js';
import { Stopwatch } from '../clock/stopwatch.js';
import type { Task } from '../targets/task.js';
import { AssignmentPlan } from './assignment-plan.js';
import {
  assertEndTime,
  claimKey,
  heartbeatMs,
  releasedError,
  releasedMs,
  WAITING,
  type Claim,
} from './claim.js';
import { object, custom } from '../validation/schema.js';
import { expirationSec } from './expiration.js';
import { instanceReport } from './instance-report.js';
import type { TargetGroupReport } from './target-group-report.js';
import {
  NoTaskNumberError,
  TaskNumAllocator,
  type AssignmentOptions,
  type AssignmentReport,
} from './task-num-allocator.js';

/**
 * Options of {@link InMemoryTaskNumAllocator}.
 *
 * @inline
 */
interface InMemoryTaskNumAllocatorOptions {
  /**
   * A claim whose heartbeat is strictly older than this expires. Whole seconds, from 1 to 30 days.
   *
   * @default 1800
   */
  expirationSec?: number | undefined;
  /**
   * Measures the age of claims.
   *
   * @default the clock of the machine
   */
  clock?: Clock | undefined;
}

/** The rules for the {@link InMemoryTaskNumAllocatorOptions}. */
export const inMemoryAllocatorOptions = object({
  expirationSec,
  clock: custom({ wanted: 'a Clock', isType: isClock, default: systemClock }),
});

/**
 * Keeps task numbers inside one process, under the same rules as in Datastore. Use it in development, in tests, and for a
 * service that is one process. Several applications in the process may share it.
 *
 * @publicApi
 */
export class InMemoryTaskNumAllocator extends TaskNumAllocator {
  /** The name in messages. */
  override readonly name: string = 'InMemoryTaskNumAllocator';
  /** No other process knows its claims. */
  override readonly inProcess = true;
  /** A claim whose heartbeat is strictly older than this expires. Seconds. */
  readonly expirationSec: number;
  private readonly clock: Clock;
  private readonly claims = new Map<string, Claim>();
  private readonly released = new Set<string>();

  /** @throws TypeError for an unknown option or one of a wrong type, RangeError for an `expirationSec` out of range. */
  constructor(options: InMemoryTaskNumAllocatorOptions = {}) {
    super();
    const settings = inMemoryAllocatorOptions.check(options, 'InMemoryTaskNumAllocator');
    this.expirationSec = settings.expirationSec;
    this.clock = settings.clock;
  }

  async notifyTaskIsAlive(task: Task, instanceId: string): Promise<number> {
    const key = claimKey(task, instanceId);
    if (this.released.has(key)) {
      throw releasedError(key);
    }
    const known = this.claims.get(key);
    const claim: Claim = {
      key,
      group: task.group,
      taskNum: known?.taskNum ?? WAITING,
      lastUpdatedMs: heartbeatMs(this.clock.now(), known?.lastUpdatedMs),
      expirationSec: this.expirationSec,
    };
    this.claims.set(key, claim);
    if (claim.taskNum === WAITING) {
      throw new NoTaskNumberError();
    }
    return claim.taskNum;
  }

  async assignTaskNumbers({ whileHeld }: AssignmentOptions = {}): Promise<AssignmentReport> {
    const stopwatch = new Stopwatch(this.clock);
    const report = this.assign();
    await whileHeld?.(() => true);
    return { skipped: false, ...report, durationMs: stopwatch.elapsedMs() };
  }

  async release(task: Task, instanceId: string, latestEndTime?: number): Promise<void> {
    const key = claimKey(task, instanceId);
    assertEndTime(latestEndTime);
    this.released.add(key);
    const claim = this.claims.get(key);
    if (claim) {
      const lastUpdatedMs = releasedMs(claim, latestEndTime, this.clock.now());
      this.update(claim, { lastUpdatedMs, released: true });
    }
  }

  override async instances(task: Task, limit: number): Promise<TargetGroupReport> {
    const { group } = task;
    const claims = [...this.claims.values()].filter(claim => claim.group === group);
    return {
      instances: claims.slice(0, limit).map(claim => instanceReport(claim, this.clock.now())),
      truncated: claims.length > limit,
    };
  }

  private assign(): Omit<AssignmentReport, 'skipped' | 'durationMs'> {
    const plan = new AssignmentPlan<Claim>(this.clock.now());
    const counts = { assigned: 0, expired: 0, released: 0 };
    for (const claim of this.claims.values()) {
      const verdict = plan.add(claim);
      if (verdict === 'expire') {
        this.claims.delete(claim.key);
        counts.expired++;
        counts.released += claim.released ? 1 : 0;
      } else if (verdict === 'repair') {
        this.update(claim, { lastUpdatedMs: this.clock.now() });
      }
    }
    for (const { claim, taskNum } of plan.assignments()) {
      this.update(claim, { taskNum });
      counts.assigned++;
    }
    return { targets: plan.targets, instances: plan.instances, ...counts };
  }

  private update(claim: Claim, changes: Partial<Claim>): void {
    this.claims.set(claim.key, { ...claim, ...changes });
  }
}
