import type { Task } from '../targets/task.js';
import type { TargetGroupReport } from './target-group-report.js';

/**
 * What one run of {@link TaskNumAllocator.assignTaskNumbers} did.
 *
 * @publicApi
 */
export interface AssignmentReport {
  /** True when another run was at work, and this one left everything to it. */
  skipped: boolean;
  /** Target groups seen. */
  targets: number;
  /** Claims seen that are alive, with or without a number. */
  instances: number;
  /** Numbers given out. */
  assigned: number;
  /** Claims removed because their heartbeat was too old, those that were released included. */
  expired: number;
  /** How many of the removed claims their instances had released; left out where that is not known. */
  released?: number | undefined;
  /** True when the claims of earlier runs were gone: the data was lost or deleted; left out otherwise. */
  emptied?: boolean | undefined;
  /** True when `whileHeld` was left out, since another process had just done the same; left out otherwise. */
  doneElsewhere?: boolean | undefined;
  /** How long the run took, in milliseconds. */
  durationMs: number;
}

/**
 * How a run of {@link TaskNumAllocator.assignTaskNumbers} goes about it. An allocator that keeps its claims in
 * one process may ignore it.
 *
 * @publicApi
 */
export interface AssignmentOptions {
  /**
   * `when-needed` reads all claims only where an instance waits for a number, or a claim may have expired since
   * they were read the last time.
   *
   * @default 'always'
   */
  readonly scan?: 'always' | 'when-needed' | undefined;
  /**
   * Leave everything to another run that finished less than so many seconds ago.
   *
   * @default 0
   */
  readonly unlessFinishedWithinSec?: number | undefined;
  /**
   * Work that only one process at a time may do. It is called after the numbers were assigned; `isHeld` tells
   * whether this run is still that process. It resolves to true where others need not do the same again soon.
   *
   * @default nothing to do
   */
  readonly whileHeld?: ((isHeld: () => boolean) => Promise<boolean | void>) | undefined;
  /**
   * Leave `whileHeld` out where another process has done the same, by its name `what`, less than so many seconds ago.
   * Numbers are assigned all the same.
   *
   * @default it is never left out
   */
  readonly unlessDoneElsewhere?:
    | {
        /** The name of the work, which no other service that shares the allocator uses. */
        readonly what: string;
        /** Seconds. */
        readonly withinSec: number;
      }
    | undefined;
}

/**
 * Hands out task numbers: small, unique among the live instances of a target group, and reused after
 * an instance is gone. It is also the injection token of the allocator in use.
 *
 * @publicApi
 */
export abstract class TaskNumAllocator {
  /** A claim whose heartbeat is older than this expires, and its number is free again. Seconds. */
  abstract readonly expirationSec: number;

  /**
   * Renews the claim of an instance, or registers one.
   *
   * @param task the target group of the instance; its `taskNum` is ignored.
   * @param instanceId what tells this instance from every other one, now and later.
   * @returns the number that the instance holds.
   * @throws NoTaskNumberError until housekeeping has assigned one. Any other error is a failure of the backend, or of a
   * claim that was released.
   */
  abstract notifyTaskIsAlive(task: Task, instanceId: string): Promise<number>;

  /**
   * One run of the assignment, for all target groups: expires dead claims, then gives the smallest
   * free numbers to those that wait. Any number of runs may overlap: one works, the others report that they
   * were skipped.
   *
   * @throws Error when the backend fails, so that not all was done.
   */
  abstract assignTaskNumbers(options?: AssignmentOptions): Promise<AssignmentReport>;

  /**
   * Gives the number of an instance back. After it has been called the instance must send nothing more.
   *
   * The claim expires one minute after the latest end time. The clock may have been ahead when that was taken and right
   * again by now: the next holder of the number must not send anything that is dated earlier.
   *
   * @param latestEndTime the latest end time that was handed to a monitor, in whole microseconds since the epoch, as
   * `endTime` of `Monitor.send()`. Left out, the claim expires one minute from now, if not earlier by itself.
   * @throws Error when the backend fails; the claim then expires by itself. RangeError when `latestEndTime` is not a
   * whole number.
   */
  abstract release(task: Task, instanceId: string, latestEndTime?: number): Promise<void>;

  /**
   * The claims of the target group of a task, for the status page, which asks only when a button is pressed.
   * An allocator may do without; it must change nothing.
   *
   * @param limit how many claims to tell of at most.
   * @throws Error when the backend fails.
   */
  instances?(task: Task, limit: number): Promise<TargetGroupReport>;
}

const METHODS = ['notifyTaskIsAlive', 'assignTaskNumbers', 'release'] as const;

/** Whether a value is an allocator, by its methods: its class may extend TaskNumAllocator of another copy of the package. */
export function isTaskNumAllocator(value: unknown): value is TaskNumAllocator {
  const methods = value as Partial<Record<(typeof METHODS)[number], unknown>> | null | undefined;
  return METHODS.every(method => typeof methods?.[method] === 'function');
}

/**
 * The claim is registered, and waits for the next housekeeping run to be given a number.
 *
 * @publicApi
 */
export class NoTaskNumberError extends Error {
  /** What tells it from other errors, also of another copy of this package. */
  override readonly name = 'NoTaskNumberError';

  /** An allocator of one's own may say more about why there is none. */
  constructor(message = 'no task number assigned yet') {
    super(message);
  }
}

/** Whether a thrown value is a {@link NoTaskNumberError}, of whichever copy of this package. Never throws. */
export function isNoTaskNumberError(thrown: unknown): thrown is NoTaskNumberError {
  try {
    return thrown instanceof Error && thrown.name === 'NoTaskNumberError';
  } catch {
    return false;
  }
}
