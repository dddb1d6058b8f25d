import { Brand } from '../../brand.js';
import { isClock, systemClock, type Clock } from '../../clock/clock.js';
import { Stopwatch } from '../../clock/stopwatch.js';
import type { Task } from '../../targets/task.js';
import { boolean, callable, object, optional, custom } from '../../validation/schema.js';
import { assertEndTime, claimKey } from '../claim.js';
import { expirationSec } from '../expiration.js';
import type { TargetGroupReport } from '../target-group-report.js';
import {
  TaskNumAllocator,
  isNoTaskNumberError,
  NoTaskNumberError,
  type AssignmentOptions,
  type AssignmentReport,
} from '../task-num-allocator.js';
import { AssignmentRunner } from './assignment-runner.js';
import { ClockWatch } from './clock-watch.js';
import type { DatastoreClient } from './gapic-connection.js';
import { GapicRowStore } from './gapic-row-store.js';
import { InstanceClaim } from './instance-claim.js';
import { DATASTORE_NAMESPACE } from './instance-row.js';
import { RowAlarms } from './row-alarms.js';
import type { RowAccess, RowStore } from './row-store.js';
import { readTargetGroup } from './read-target-group.js';

/**
 * Options of {@link DatastoreTaskNumAllocator}.
 *
 * @inline
 */
export interface DatastoreTaskNumAllocatorOptions {
  /**
   * A claim of this process expires when its heartbeat is strictly older than this. Whole seconds, from 1 to 30 days. The
   * claim carries this value, so that the housekeeping of any service uses it.
   *
   * @default 1800
   */
  expirationSec?: number | undefined;
  /**
   * Whether an instance without a number runs the assignment for its own target group, instead of waiting for
   * housekeeping. Set it for services that scale to zero.
   *
   * @default false
   */
  selfAssign?: boolean | undefined;
  /**
   * Called with the report of each run that `selfAssign` causes.
   *
   * @default no callback
   */
  onSelfAssignment?: ((report: AssignmentReport) => void) | undefined;
  /**
   * Measures the age of claims.
   *
   * @default the clock of the machine
   */
  clock?: Clock | undefined;
}

/** The rules for the {@link DatastoreTaskNumAllocatorOptions}. */
export const datastoreAllocatorOptions = object({
  expirationSec,
  selfAssign: boolean({ default: false }),
  onSelfAssignment: optional(
    callable<(report: AssignmentReport) => void>({ wanted: 'a function' }),
  ),
  clock: custom({ wanted: 'a Clock', isType: isClock, default: systemClock }),
});

const HEARTBEAT_DEADLINE_MS = 5_000;
const HOUSEKEEPING_DEADLINE_MS = 10_000;
/** A heartbeat tries for this long to assign a number to its own instance. Then it waits for housekeeping. */
const SELF_ASSIGNMENT_MS = 4_000;
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 800;

const BRAND = new Brand<DatastoreTaskNumAllocator>('DatastoreTaskNumAllocator');

/**
 * Keeps task numbers in Datastore, or in Firestore in Datastore mode. Each claim is a row of kind `Instance` in the namespace
 * {@link DATASTORE_NAMESPACE}. Each change of a row is one commit, on the condition that the row has not changed since it
 * was read.
 *
 * ```ts
 * const allocator = new DatastoreTaskNumAllocator(new Datastore());
 * ```
 *
 * It connects when it is first used. It opens a channel of its own with the options and credentials of the given client.
 * The `namespace` of the client does not matter.
 *
 * As an injection token it gives the allocator in use, if that is a DatastoreTaskNumAllocator. The token
 * {@link TaskNumAllocator} gives the allocator in use in any case.
 *
 * @publicApi
 */
export class DatastoreTaskNumAllocator extends TaskNumAllocator {
  static {
    BRAND.mark(this.prototype);
  }

  /** The name in messages. */
  override readonly name: string = 'DatastoreTaskNumAllocator';
  /** Seconds: a claim of this process expires when its heartbeat is strictly older. */
  readonly expirationSec: number;
  private readonly settings: ReturnType<typeof datastoreAllocatorOptions.check>;
  private readonly clock: Clock;
  private readonly clockWatch: ClockWatch;
  private readonly alarms: RowAlarms;
  private readonly store: RowStore;
  private readonly runner: AssignmentRunner;
  private readonly claims = new Map<string, InstanceClaim>();

  /**
   * @param datastore a `Datastore` of `@google-cloud/datastore`.
   * @throws TypeError for an unknown option or one of a wrong type, RangeError for an `expirationSec` out of range.
   */
  constructor(datastore: DatastoreClient, options?: DatastoreTaskNumAllocatorOptions);
  /** @internal Keeps the rows elsewhere, or connects to Datastore in another way. */
  constructor(store: RowStore, options?: DatastoreTaskNumAllocatorOptions, random?: () => number);
  constructor(
    datastore: DatastoreClient | RowStore,
    options: DatastoreTaskNumAllocatorOptions = {},
    private readonly random: () => number = Math.random,
  ) {
    super();
    this.settings = datastoreAllocatorOptions.check(options, 'DatastoreTaskNumAllocator');
    this.expirationSec = this.settings.expirationSec;
    this.clock = this.settings.clock;
    this.clockWatch = new ClockWatch(this.clock, this.expirationSec);
    this.alarms = new RowAlarms(this.clock, this.clockWatch);
    this.store = this.clockWatch.watched(rowStoreOf(datastore));
    this.runner = new AssignmentRunner({
      ...this.rows(HOUSEKEEPING_DEADLINE_MS),
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
    await Promise.all([claim.release(latestEndTime), this.runner.releaseKept()]);
  }

  override async instances(task: Task, limit: number): Promise<TargetGroupReport> {
    return await readTargetGroup(this.rows(HEARTBEAT_DEADLINE_MS), task.group, limit);
  }

  /** Closes the connection. A later call opens a new one. */
  async close(): Promise<void> {
    await this.store.close();
  }

  private async notifyOrSelfAssign(claim: InstanceClaim, group: string): Promise<number> {
    try {
      return await claim.notify();
    } catch (error) {
      if (this.settings.selfAssign && isNoTaskNumberError(error) && claim.isWaiting) {
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
        this.settings.onSelfAssignment?.(report);
        return await claim.notify();
      }
    }
  }

  /** Waits for a random time, so that instances that started together do not all try to take the lease together. */
  private pause(maxMs: number): Promise<void> {
    return new Promise(resolve => {
      this.clock.after(maxMs * this.random(), resolve);
    });
  }

  private rows(deadlineMs: number): RowAccess {
    return { store: this.store, clock: this.clock, deadlineMs };
  }

  private claimOf(task: Task, instanceId: string): InstanceClaim {
    const key = claimKey(task, instanceId);
    let claim = this.claims.get(key);
    if (!claim) {
      claim = new InstanceClaim({
        ...this.rows(HEARTBEAT_DEADLINE_MS),
        key,
        group: task.group,
        expirationSec: this.expirationSec,
        onTrouble: trouble => this.alarms.claim(key, trouble),
      });
      this.claims.set(key, claim);
    }
    return claim;
  }
}

/** Whether a value is a DatastoreTaskNumAllocator. It may come from another copy of the package. */
export const isDatastoreAllocator = (value: unknown): value is DatastoreTaskNumAllocator =>
  BRAND.isOn(value);

function rowStoreOf(given: DatastoreClient | RowStore): RowStore {
  return 'commit' in given ? given : new GapicRowStore(async () => given, DATASTORE_NAMESPACE);
}
