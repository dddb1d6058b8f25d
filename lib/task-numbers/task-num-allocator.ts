import type { Task } from '../targets/task.js';
import type { TargetGroupReport } from './target-group-report.js';

/**
 * The result of one run of {@link TaskNumAllocator.assignTaskNumbers}.
 *
 * @publicApi
 */
export interface AssignmentReport {
  /** True if this run did nothing, because another run was at work. */
  skipped: boolean;
  /** Number of target groups read. */
  targets: number;
  /** Number of live claims read, with or without a number. */
  instances: number;
  /** Number of task numbers assigned. */
  assigned: number;
  /** Number of claims removed because their heartbeat was too old, released claims included. */
  expired: number;
  /** Number of removed claims that their instances had released; left out if not known. */
  released?: number | undefined;
  /** True if the claims of earlier runs were gone, because data was lost or deleted; otherwise left out. */
  emptied?: boolean | undefined;
  /** True if `whileHeld` was not called, because another process had just done the same work; otherwise left out. */
  doneElsewhere?: boolean | undefined;
  /** Duration of the run in milliseconds. */
  durationMs: number;
}

/**
 * Options of a run of {@link TaskNumAllocator.assignTaskNumbers}. An allocator that keeps its claims in one process may
 * ignore them.
 *
 * @publicApi
 */
export interface AssignmentOptions {
  /**
   * When to read all claims. `when-needed` reads them only if an instance waits for a number, or if a claim may have
   * expired since they were read last.
   *
   * @default 'always'
   */
  readonly scan?: 'always' | 'when-needed' | undefined;
  /**
   * Skips the run if another one finished less than so many seconds ago.
   *
   * @default 0
   */
  readonly unlessFinishedWithinSec?: number | undefined;
  /**
   * Work that only one process at a time may do. It is called after the numbers were assigned. `isHeld` returns whether
   * this run still has the right to do the work. The work resolves to true if other processes need not repeat it soon.
   *
   * @default no work
   */
  readonly whileHeld?: ((isHeld: () => boolean) => Promise<boolean | void>) | undefined;
  /**
   * Does not call `whileHeld` if another process did the work with the same name less than so many seconds ago. Numbers are
   * assigned in any case.
   *
   * @default `whileHeld` is always called
   */
  readonly unlessDoneElsewhere?:
    | {
        /** The name of the work. Other services that share the allocator must not use it. */
        readonly what: string;
        /** Seconds. */
        readonly withinSec: number;
      }
    | undefined;
}

/**
 * Assigns task numbers. They are small, unique among the live instances of a target group, and reused after an instance
 * is gone. The class is also the injection token of the allocator in use.
 *
 * @publicApi
 */
export abstract class TaskNumAllocator {
  /**
   * The name in the log, on the status page and in errors.
   *
   * @default the name of its class
   */
  readonly name?: string;

  /**
   * True when claims exist in this process only. No other process would assign numbers then, so the application assigns
   * them when it starts.
   *
   * @default false
   */
  readonly inProcess?: boolean;

  /** Seconds without a heartbeat after which a claim expires and its number becomes free. */
  abstract readonly expirationSec: number;

  /**
   * Renews the claim of an instance, or registers one.
   *
   * @param task gives the target group of the instance; its `taskNum` is ignored.
   * @param instanceId an id that no other instance has, now or later.
   * @returns the number that the instance holds.
   * @throws NoTaskNumberError until housekeeping has assigned a number. Any other error means that the backend failed or
   * that the claim was released.
   */
  abstract notifyTaskIsAlive(task: Task, instanceId: string): Promise<number>;

  /**
   * Runs the assignment for all target groups: expires dead claims, then gives the smallest free numbers to waiting ones.
   * Any number of runs may overlap: one works, the others report that they were skipped.
   *
   * @throws Error when the backend fails. Part of the work may then be done.
   */
  abstract assignTaskNumbers(options?: AssignmentOptions): Promise<AssignmentReport>;

  /**
   * Releases the number of an instance. From the call on the instance must not send anything.
   *
   * The claim expires one minute after the latest end time, not one minute after the call. The clock may have been ahead
   * when the end time was taken, and the next holder of the number must not send points with earlier times.
   *
   * @param latestEndTime the latest `endTime` that was passed to `Monitor.send()`, in whole microseconds since the epoch.
   * Without it the claim expires one minute from now, or earlier if its expiry says so.
   * @throws Error when the backend fails; the claim then expires by itself. RangeError when `latestEndTime` is not a
   * whole number.
   */
  abstract release(task: Task, instanceId: string, latestEndTime?: number): Promise<void>;

  /**
   * Reads the claims of a task's target group, for the status page. The page calls it only when a button is pressed. The
   * method is optional, and must not change anything.
   *
   * @param limit the largest number of claims to return.
   * @throws Error when the backend fails.
   */
  instances?(task: Task, limit: number): Promise<TargetGroupReport>;
}

const METHODS = ['notifyTaskIsAlive', 'assignTaskNumbers', 'release'] as const;

/**
 * Whether a value is an allocator. Checks the methods: the class may extend the TaskNumAllocator of another copy of the
 * package.
 */
export function isTaskNumAllocator(value: unknown): value is TaskNumAllocator {
  const methods = value as Partial<Record<(typeof METHODS)[number], unknown>> | null | undefined;
  return METHODS.every(method => typeof methods?.[method] === 'function');
}

/**
 * The instance has no task number yet: its claim waits for the next run of housekeeping.
 *
 * @publicApi
 */
export class NoTaskNumberError extends Error {
  /** Identifies the error, also across copies of this package. */
  override readonly name = 'NoTaskNumberError';

  /** Makes the error. An allocator of your own may give a message with a better reason. */
  constructor(message = 'no task number assigned yet') {
    super(message);
  }
}

/** Whether a thrown value is a {@link NoTaskNumberError}. It may come from another copy of the package. Never throws. */
export function isNoTaskNumberError(thrown: unknown): thrown is NoTaskNumberError {
  try {
    return thrown instanceof Error && thrown.name === 'NoTaskNumberError';
  } catch {
    return false;
  }
}
