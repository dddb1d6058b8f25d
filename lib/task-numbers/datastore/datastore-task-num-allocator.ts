import { Brand } from '../../brand.js';
import type { Clock } from '../../clock/clock.js';
import type { DatastoreClient } from './gapic-connection.js';
import { GapicRowStore } from './gapic-row-store.js';
import { DATASTORE_NAMESPACE } from './instance-row.js';
import { RowTaskNumAllocator } from './row-task-num-allocator.js';
import type { AssignmentReport } from '../task-num-allocator.js';

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
  expirationSec?: number | undefined;
  /**
   * Whether an instance without a number runs the assignment for its own target group, so that it need not wait
   * for housekeeping: for services that are scaled to zero.
   *
   * @default false
   */
  selfAssign?: boolean | undefined;
  /**
   * Called with what such a run did.
   *
   * @default nobody is told
   */
  onSelfAssignment?: ((report: AssignmentReport) => void) | undefined;
  /**
   * What tells the age of claims.
   *
   * @default the clock of the machine
   */
  clock?: Clock | undefined;
}

const BRAND = new Brand<DatastoreTaskNumAllocator>('DatastoreTaskNumAllocator');

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
 * As an injection token it provides the allocator in use, where that is one; {@link TaskNumAllocator} always does.
 *
 * @publicApi
 */
export class DatastoreTaskNumAllocator extends RowTaskNumAllocator {
  static {
    BRAND.mark(this.prototype);
  }

  /**
   * @param datastore a `Datastore` of `@google-cloud/datastore`.
   * @throws RangeError when `expirationSec` is not a whole number of seconds from 1 to 30 days.
   */
  constructor(datastore: DatastoreClient, options: DatastoreTaskNumAllocatorOptions = {}) {
    super({ ...options, store: new GapicRowStore(datastore, DATASTORE_NAMESPACE) });
  }
}

/** Whether it is such an allocator, of this copy of the package or of another. */
export const isDatastoreAllocator = (value: unknown): value is DatastoreTaskNumAllocator =>
  BRAND.isOn(value);
