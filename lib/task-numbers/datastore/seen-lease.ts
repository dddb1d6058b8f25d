import type { Clock } from '../../clock/clock.js';
import { Stopwatch } from '../../clock/stopwatch.js';
import { LEASE_PATH, leaseStateOf, NO_LEASE, type LeaseState } from './lease-row.js';
import type { Row, RowAccess } from './row-store.js';

/** Parts and settings to read and take the lease. */
export interface LeaseOptions extends RowAccess {
  /** Returns the claim key of this instance, which is written into the lease. */
  readonly holder?: () => string | undefined;
}

/** After this time without a renewal another run may take the lease. */
export const STEAL_AFTER_MS = 15_000;
/** No run plans the next scan further ahead, even with a clock that is wrong by 15 minutes. */
const MAX_SCAN_DELAY_MS = 30 * 60_000;

/** The lease as it was read at one moment. */
export class SeenLease {
  private readonly since: Stopwatch;

  /**
   * @param row undefined if there is no lease row.
   * @param ageMs time from the last write of the row to this moment.
   */
  constructor(
    private readonly clock: Clock,
    readonly state: LeaseState,
    readonly row?: Row,
    private readonly ageMs = 0,
  ) {
    this.since = new Stopwatch(clock);
  }

  /** Whether a run holds the lease and is not silent. */
  isHeld(): boolean {
    return this.state.held && this.ageMs + this.since.elapsedMs() < STEAL_AFTER_MS;
  }

  /** Whether a run over all claims finished within the last `ms` milliseconds. */
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

  /** Whether a claim may have expired since all were read. */
  isScanDue(): boolean {
    const remainingMs = this.state.scanDueMs - this.clock.now();
    return remainingMs <= 0 || remainingMs > MAX_SCAN_DELAY_MS;
  }

  isOlderThan(ms: number): boolean {
    return this.since.elapsedMs() > ms;
  }
}

/** Reads the lease row. */
export async function lookAtLease({ store, clock, deadlineMs }: RowAccess): Promise<SeenLease> {
  const [row] = await store.lookup([LEASE_PATH], { purpose: 'to look up the lease', deadlineMs });
  const state = row ? inOwnTime(leaseStateOf(row), row, clock.now()) : NO_LEASE;
  // Uses our own clock if the server gives no times. Our clock may be ahead of the holder's clock or behind it.
  const ageMs = row?.ageMs ?? Math.abs(clock.now() - state.renewedMs);
  return new SeenLease(clock, state, row, ageMs);
}

/**
 * Converts the times of work to our own clock. The difference to the clock of the last writer is known if the server says
 * how long ago the row was written.
 */
function inOwnTime(state: LeaseState, { ageMs }: Row, nowMs: number): LeaseState {
  if (ageMs === undefined) {
    return state;
  }
  const aheadMs = nowMs - (state.renewedMs + ageMs);
  const workDone = state.workDone.map(done => ({ ...done, atMs: done.atMs + aheadMs }));
  return { ...state, workDone };
}
