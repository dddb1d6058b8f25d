import { Brand } from '../../brand.js';
import { isClock, systemClock, type Clock } from '../../clock/clock.js';
import { boolean, callable, object, optional, custom } from '../../validation/schema.js';
import { expirationSec } from '../expiration.js';
import type { DatastoreClient } from './gapic-connection.js';
import { GapicRowStore } from './gapic-row-store.js';
import { DATASTORE_NAMESPACE } from './instance-row.js';
import { RowTaskNumAllocator } from './row-task-num-allocator.js';
import type { AssignmentReport } from '../task-num-allocator.js';

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

/** What each of the {@link DatastoreTaskNumAllocatorOptions} may be. */
export const datastoreAllocatorOptions = object({
  expirationSec,
  selfAssign: boolean({ default: false }),
  onSelfAssignment: optional(
    callable<(report: AssignmentReport) => void>({ wanted: 'a function' }),
  ),
  clock: custom({ wanted: 'a Clock', isType: isClock, default: systemClock }),
});

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
export class DatastoreTaskNumAllocator extends RowTaskNumAllocator {
  static {
    BRAND.mark(this.prototype);
  }

  /** What messages call it. */
  override readonly name: string = 'DatastoreTaskNumAllocator';

  /**
   * @param datastore a `Datastore` of `@google-cloud/datastore`.
   * @throws TypeError for an unknown option or one of a wrong type, RangeError for an `expirationSec` out of range.
   */
  constructor(datastore: DatastoreClient, options: DatastoreTaskNumAllocatorOptions = {}) {
    super({
      ...datastoreAllocatorOptions.check(options, 'DatastoreTaskNumAllocator'),
      store: new GapicRowStore(datastore, DATASTORE_NAMESPACE),
    });
  }
}

/** Whether a value is a DatastoreTaskNumAllocator. It may come from another copy of the package. */
export const isDatastoreAllocator = (value: unknown): value is DatastoreTaskNumAllocator =>
  BRAND.isOn(value);
