import { systemClock, type Clock } from '../clock/clock.js';
import type { Task } from '../targets/task.js';
import { claimKey } from './claim.js';
import { AssignmentRun } from './datastore/assignment-run.js';
import type { DatastoreClient } from './datastore/gapic-connection.js';
import { GapicRowStore } from './datastore/gapic-row-store.js';
import { InstanceClaim } from './datastore/instance-claim.js';
import { DATASTORE_NAMESPACE } from './datastore/instance-row.js';
import { checkedExpirationSec } from './expiration.js';
import { TaskNumAllocator, type AssignmentReport } from './task-num-allocator.js';

/**
 * Options of {@link DatastoreTaskNumAllocator}.
 *
 * @publicApi
 */
export interface DatastoreTaskNumAllocatorOptions {
  /**
   * A claim of this process expires when its heartbeat is strictly older than this. Whole seconds, from
   * 1 to 30 days. The claim carries it, so that housekeeping of any service judges it by its own.
   *
   * @default 1800
   */
  expirationSec?: number;
  /** @default the clock of the machine */
  clock?: Clock;
}

const HEARTBEAT_DEADLINE_MS = 5_000;
const HOUSEKEEPING_DEADLINE_MS = 10_000;

/**
 * Task numbers handed out through Datastore, or Firestore in Datastore mode. Each claim is a row of kind
 * `Instance` in the namespace {@link DATASTORE_NAMESPACE}; each change of a row is one commit that holds
 * only while the row is as it was read.
 *
 * ```ts
 * const allocator = new DatastoreTaskNumAllocator(new Datastore());
 * ```
 *
 * It connects when it is first used, with a channel of its own under the options and credentials of the
 * given client; the client's `namespace` does not matter.
 *
 * @throws RangeError when `expirationSec` is not a whole number of seconds from 1 to 30 days.
 *
 * @publicApi
 */
export class DatastoreTaskNumAllocator extends TaskNumAllocator {
  readonly expirationSec: number;
  private readonly clock: Clock;
  private readonly store: GapicRowStore;
  private readonly claims = new Map<string, InstanceClaim>();

  /** @param datastore a `Datastore` of `@google-cloud/datastore`. */
  constructor(datastore: DatastoreClient, options: DatastoreTaskNumAllocatorOptions = {}) {
    super();
    this.expirationSec = checkedExpirationSec(options.expirationSec);
    this.clock = options.clock ?? systemClock;
    this.store = new GapicRowStore(datastore, DATASTORE_NAMESPACE);
  }

  async notifyTaskIsAlive(task: Task, instanceId: string): Promise<number> {
    return await this.claimOf(task, instanceId).notify();
  }

  async assignTaskNumbers(): Promise<AssignmentReport> {
    const { store, clock } = this;
    return await new AssignmentRun({ store, clock, deadlineMs: HOUSEKEEPING_DEADLINE_MS }).run();
  }

  async release(task: Task, instanceId: string): Promise<void> {
    await this.claimOf(task, instanceId).release();
  }

  /** Closes the connection to Datastore. The given client stays open; a later call connects again. */
  async close(): Promise<void> {
    await this.store.close();
  }

  private claimOf(task: Task, instanceId: string): InstanceClaim {
    const key = claimKey(task, instanceId);
    let claim = this.claims.get(key);
    if (!claim) {
      const { store, clock, expirationSec } = this;
      claim = new InstanceClaim({
        store,
        clock,
        key,
        group: task.group,
        expirationSec,
        deadlineMs: HEARTBEAT_DEADLINE_MS,
      });
      this.claims.set(key, claim);
    }
    return claim;
  }
}
