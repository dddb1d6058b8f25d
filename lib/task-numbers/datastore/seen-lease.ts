import type { Clock } from '../../clock/clock.js';
import { Stopwatch } from '../../clock/stopwatch.js';
import { LEASE_PATH, leaseStateOf, NO_LEASE, type LeaseState } from './lease-row.js';
import type { Row, RowStore } from './row-store.js';

/** What is needed to deal with the lease. */
export interface LeaseOptions {
  readonly store: RowStore;
  readonly clock: Clock;
  /** How long each answer of Datastore is waited for. */
  readonly deadlineMs: number;
  /** The key of the claim of this instance, to be written into the lease while it is held. */
  readonly holder?: () => string | undefined;
}

/** A lease that was not renewed for so long may be taken from its holder. */
export const STEAL_AFTER_MS = 15_000;
/** No run plans the next reading of all claims for longer ahead, even with a clock that is wrong by a quarter of an hour. */
const LONGEST_PLAN_MS = 30 * 60_000;

/** The lease as it was seen at a moment. */
export class SeenLease {
  private readonly since: Stopwatch;

  /**
   * @param row undefined where there is none.
   * @param ageMs how long before that moment it was written.
   */
  constructor(
    private readonly clock: Clock,
    readonly state: LeaseState,
    readonly row?: Row,
    private readonly ageMs = 0,
  ) {
    this.since = new Stopwatch(clock);
  }

  /** Whether a run is at work that is not silent. */
  isHeld(): boolean {
    return this.state.held && this.ageMs + this.since.elapsedMs() < STEAL_AFTER_MS;
  }

  /** Whether a run over all claims finished so little ago. */
  finishedWithin(ms: number): boolean {
    return Math.abs(this.clock.now() - this.state.finishedMs) < ms;
  }

  /** Whether another process has done the work within the last `ms` milliseconds. */
  isDoneElsewhere(what: string, ownId: string, ms: number): boolean {
    const done = this.state.workDone.find(one => one.what === what);
    return done !== undefined && done.by !== ownId && Math.abs(this.clock.now() - done.atMs) < ms;
  }

  /** Whether any run has ever taken the lease. */
  get exists(): boolean {
    return this.row !== undefined || this.state.runId !== '';
  }

  /** Whether some claim may have expired since all were read. */
  isScanDue(): boolean {
    const remainingMs = this.state.scanDueMs - this.clock.now();
    return remainingMs <= 0 || remainingMs > LONGEST_PLAN_MS;
  }

  isOlderThan(ms: number): boolean {
    return this.since.elapsedMs() > ms;
  }
}

/** Reads the lease row. */
export async function lookAtLease({ store, clock, deadlineMs }: LeaseOptions): Promise<SeenLease> {
  const [row] = await store.lookup([LEASE_PATH], { purpose: 'to look up the lease', deadlineMs });
  const state = row ? inOwnTime(leaseStateOf(row), row, clock.now()) : NO_LEASE;
  // By our own clock only where the server tells no times. It may differ from the holder's either way.
  const ageMs = row?.ageMs ?? Math.abs(clock.now() - state.renewedMs);
  return new SeenLease(clock, state, row, ageMs);
}

/**
 * The state with the times of work as our own clock would have shown them. By how much the clock of the last writer differs
 * is known where the server tells how long ago it wrote.
 */
function inOwnTime(state: LeaseState, { ageMs }: Row, nowMs: number): LeaseState {
  if (ageMs === undefined) {
    return state;
  }
  const aheadMs = nowMs - (state.renewedMs + ageMs);
  const workDone = state.workDone.map(done => ({ ...done, atMs: done.atMs + aheadMs }));
  return { ...state, workDone };
}
