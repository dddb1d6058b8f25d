import { HeldTaskNumber } from '../../../lib/flush/held-task-number.js';
import { Task } from '../../../lib/targets/task.js';
import {
  DatastoreTaskNumAllocator,
  type DatastoreTaskNumAllocatorOptions,
} from '../../../lib/task-numbers/datastore/datastore-task-num-allocator.js';
import type { RowStore } from '../../../lib/task-numbers/datastore/row-store.js';
import type {
  AssignmentOptions,
  TaskNumAllocator,
} from '../../../lib/task-numbers/task-num-allocator.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';

/** Frozen with its monotonic clock standing still, as by the platform, or going on, as by SIGSTOP. */
export type Freeze = 'clock stands still' | 'clock goes on';

export interface ProcessOptions {
  /** Its rows are read in the order of these, which is not that of starting. */
  readonly id: string;
  /** Of its target group. */
  readonly group: number;
  readonly clock: ManualClock;
  readonly skewMs: number;
  readonly expirationSec: number;
  readonly selfAssign: boolean;
  readonly store: RowStore;
  readonly random: () => number;
}

/** Parts of a process that a test may replace by worse ones. */
export interface ProcessParts {
  readonly allocatorOf: (options: ProcessOptions) => TaskNumAllocator;
  readonly HeldTaskNumber: typeof HeldTaskNumber;
}

/** What the constructor of the real allocator is given. */
export function allocatorArguments({
  store,
  clock,
  expirationSec,
  selfAssign,
  random,
}: ProcessOptions): [RowStore, DatastoreTaskNumAllocatorOptions, () => number] {
  return [store, { clock, expirationSec, selfAssign }, random];
}

export const REAL_PARTS: ProcessParts = {
  allocatorOf: options => new DatastoreTaskNumAllocator(...allocatorArguments(options)),
  HeldTaskNumber,
};

const TASKS = ['web', 'batch'].map(
  jobName => new Task({ serviceName: 's', jobName, dataCenter: 'd', hostName: 'v' }),
);

/** A real one would take more time than all the rest of a call. */
const NEVER_ABORTED = {
  aborted: false,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
} as unknown as AbortSignal;

/** What a process does that takes requests. */
export type CallName = 'renew' | 'assign' | 'release';

interface RunningCall {
  readonly name: CallName;
  readonly abort?: AbortController;
}

/** One process of a service: the real code, with a clock and a line of its own. */
export class ModelProcess {
  readonly clock: ManualClock;
  readonly allocator: TaskNumAllocator;
  readonly taskNumber: HeldTaskNumber;
  readonly calls = new Set<RunningCall>();
  skewMs: number;
  isReleased = false;
  isCrashed = false;
  frozen: { readonly freeze: Freeze; readonly sinceMs: number } | undefined;
  /** The latest time it has read from its clock: its own time never goes back. */
  latestMs: number;
  /** When its streams began. */
  streamsStartMs = 0;

  constructor(
    readonly options: ProcessOptions,
    parts: ProcessParts,
  ) {
    const { id, group, clock, expirationSec, skewMs } = options;
    this.clock = clock;
    this.skewMs = skewMs;
    this.latestMs = clock.now();
    this.allocator = parts.allocatorOf(options);
    this.taskNumber = new parts.HeldTaskNumber(
      this.allocator,
      { task: TASKS[group]!, instanceId: id, heartbeatSec: expirationSec / 6 },
      clock,
      () => {
        this.streamsStartMs = this.readClock();
      },
    );
  }

  /** Whether it reports global metrics under the lease, as half of the processes do. */
  private get hasGlobalMetrics(): boolean {
    return this.options.id.charCodeAt(0) % 2 === 0;
  }

  get isRunning(): boolean {
    return !this.isCrashed && !this.frozen;
  }

  /** Whether it wants a number. */
  get isClaimant(): boolean {
    return !this.isCrashed && !this.isReleased;
  }

  readClock(): number {
    this.latestMs = Math.max(this.latestMs, this.clock.now());
    return this.latestMs;
  }

  /** Hands a payload to a monitor, if nothing speaks against it; the answer says whether nothing did. */
  sends(target: Task): boolean {
    return this.taskNumber.admit(target, this.readClock() * 1000) === undefined;
  }

  isBusyWith(name: CallName): number {
    let count = 0;
    for (const call of this.calls) {
      count += call.name === name ? 1 : 0;
    }
    return count;
  }

  renew(): void {
    this.track({ name: 'renew' }, this.taskNumber.renew(NEVER_ABORTED));
  }

  /** One that may be given up. */
  renewAbortably(): void {
    const abort = new AbortController();
    this.track({ name: 'renew', abort }, this.taskNumber.renew(abort.signal));
  }

  assign(options: AssignmentOptions): void {
    const all = { ...options, ...(this.hasGlobalMetrics && { whileHeld: async () => true }) };
    this.track({ name: 'assign' }, this.allocator.assignTaskNumbers(all));
  }

  release(): void {
    this.isReleased = true;
    this.track({ name: 'release' }, this.taskNumber.release(NEVER_ABORTED));
  }

  /** The flush that waits for a renewal has run out of time. */
  abort(): void {
    for (const { abort } of this.calls) {
      abort?.abort(new Error('the flush took too long'));
    }
  }

  private track(call: RunningCall, promise: Promise<unknown>): void {
    this.calls.add(call);
    const end = (): void => {
      this.calls.delete(call);
    };
    promise.then(end, end);
  }

  toString(): string {
    return this.options.id;
  }
}
