import { randomUUID } from 'node:crypto';
import { Stopwatch } from '../../clock/stopwatch.js';
import { believableMs } from '../claim.js';
import {
  LEASE_PATH,
  leaseProperties,
  leaseStateOf,
  NOTHING_KNOWN,
  type LeaseState,
} from './lease-row.js';
import { BrokenConditionError, type Call, type Row, type RowWrite } from './row-store.js';
import { lookAtLease, SeenLease, STEAL_AFTER_MS, type LeaseOptions } from './seen-lease.js';

const RENEW_AFTER_MS = 5_000;
const RECOVERY_ATTEMPTS = 3;
const CONDITION_PROOF_ATTEMPTS = 5;

/** Another run has taken the lease: no later commit of this run is applied. */
export class LostLeaseError extends Error {
  override readonly name = 'LostLeaseError';

  constructor() {
    super('Another run of housekeeping has taken the lease.');
  }
}

/**
 * The right of one run to change numbers. It is enforced by a fence: each commit of the run also changes the lease row, on
 * the condition that this run wrote the row last. As soon as another run has taken the lease, no commit of this run is
 * applied any more, however late it arrives. So it does not matter how long a holder was frozen, or whether clocks are
 * right.
 */
export class Lease {
  private lost = false;

  private constructor(
    private readonly options: LeaseOptions,
    private current: LeaseState,
    private row: Row,
    /** Started just before the last answered renewal was sent. */
    private age: Stopwatch,
    /**
     * The time by which this run judges claims, by its own clock. It stays the same if the process is frozen, and is never
     * later than the time in the lease row.
     */
    readonly takenMs: number,
  ) {}

  /**
   * Takes a lease that no run holds, or whose holder is silent.
   *
   * @returns undefined if another run was faster.
   * @throws Error when it is not known whether the lease was taken.
   */
  static async take(options: LeaseOptions, seen: SeenLease): Promise<Lease | undefined> {
    const { store, clock, deadlineMs } = options;
    const age = new Stopwatch(clock);
    const nowMs = clock.now();
    const state: LeaseState = {
      ...seen.state,
      // A run that died may have removed claims without writing it down.
      ...(seen.state.held && NOTHING_KNOWN),
      runId: randomUUID(),
      holder: options.holder?.() ?? '',
      step: 1,
      held: true,
      renewedMs: nowMs,
      judgedMs: Math.max(nowMs, believableMs(seen.state.judgedMs, nowMs)),
    };
    const properties = leaseProperties(state);
    const write: RowWrite = seen.row
      ? { type: 'update', row: seen.row, properties }
      : { type: 'insert', path: LEASE_PATH, properties };
    const leaseAt = (row: Row): Lease => new Lease(options, state, row, age, nowMs);
    try {
      const answer = await store.commit([write], { purpose: 'to take the lease', deadlineMs });
      return answer.applied
        ? leaseAt({ path: LEASE_PATH, properties, version: answer.versions[0] ?? '' })
        : undefined;
    } catch (error) {
      const now = await lookAtLease(options);
      if (now.row && now.state.runId === state.runId) {
        return leaseAt(now.row);
      }
      throw error;
    }
  }

  /** Writes that a kept lease is released. If this fails, the lease expires by itself. */
  static async releaseKept(options: LeaseOptions, { row, state }: SeenLease): Promise<void> {
    const { store, clock, deadlineMs } = options;
    if (row) {
      const released = { ...state, step: state.step + 1, renewedMs: clock.now() };
      const write: RowWrite = { type: 'update', row, properties: leaseProperties(released) };
      const call: Call = { purpose: 'to release the lease', deadlineMs };
      await store.commit([write], call).catch(() => undefined);
    }
  }

  get state(): LeaseState {
    return this.current;
  }

  /** False as soon as another run may have taken the lease. */
  isHeld(): boolean {
    return !this.lost && this.age.elapsedMs() < STEAL_AFTER_MS;
  }

  /**
   * Checks that the server obeys conditions, by a commit that it must refuse.
   *
   * @throws BrokenConditionError when the server applies the commit.
   */
  async proveConditions(): Promise<void> {
    const wrong = { ...this.row, version: String(BigInt(this.row.version) - 1n) };
    const properties = leaseProperties({ ...this.current, step: this.current.step + 1 });
    for (let attempt = 1; attempt <= CONDITION_PROOF_ATTEMPTS; attempt++) {
      const answer = await this.options.store.commit(
        [{ type: 'update', row: wrong, properties }],
        this.call('to try a wrong version'),
      );
      if (answer.applied) {
        throw new BrokenConditionError(
          'This Datastore applied a commit although its condition did not hold. No task numbers are assigned on it: two instances could get the same number.',
        );
      }
      // ABORTED only means that another process was writing.
      if (answer.reason !== 'ABORTED') {
        return;
      }
    }
    throw new Error(
      'Could not check that Datastore obeys conditions: too many processes write at once.',
    );
  }

  /**
   * Applies the writes together with one step of the lease.
   *
   * @param changes of the lease row.
   * @returns false if a row had changed, so that nothing was applied.
   * @throws LostLeaseError; any other Error when it is not known whether the writes were applied.
   */
  async commit(
    writes: readonly RowWrite[],
    purpose: string,
    changes: Partial<LeaseState> = {},
  ): Promise<boolean> {
    const { store, clock } = this.options;
    const age = new Stopwatch(clock);
    const next = {
      ...this.current,
      ...changes,
      step: this.current.step + 1,
      renewedMs: clock.now(),
    };
    const properties = leaseProperties(next);
    const fence: RowWrite = { type: 'update', row: this.row, properties };
    const answer = await store.commit([...writes, fence], this.call(purpose));
    if (!answer.applied) {
      await this.assertUntouched();
      return false;
    }
    this.current = next;
    this.row = { path: LEASE_PATH, properties, version: answer.versions.at(-1) ?? '' };
    this.age = age;
    return true;
  }

  /** Renews the lease if the last renewal is a while ago. */
  async renewIfOld(): Promise<void> {
    if (this.age.elapsedMs() < RENEW_AFTER_MS) {
      return;
    }
    try {
      await this.commit([], 'to renew the lease');
    } catch (error) {
      await this.recover(error);
    }
  }

  /**
   * Call this after a commit without an answer. It renews the lease, so that no earlier commit of this run can still be
   * applied. From then on the rows are final.
   *
   * @throws LostLeaseError; any other Error when Datastore does not answer.
   */
  async recover(cause: unknown): Promise<void> {
    if (cause instanceof LostLeaseError || cause instanceof BrokenConditionError) {
      throw cause;
    }
    for (let attempt = 1; attempt <= RECOVERY_ATTEMPTS; attempt++) {
      await this.reread();
      if (await this.isRenewed()) {
        return;
      }
    }
    throw cause;
  }

  /** Keeps the lease renewed during work that does not write. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    let working = true;
    let cancel = (): void => {};
    let renewal = this.renewIfOld();
    const arm = (): void => {
      if (working) {
        const renew = (): void => {
          // A lease that cannot be renewed soon expires, and the work checks isHeld().
          renewal = this.renewIfOld().catch(() => undefined);
          void renewal.then(arm);
        };
        cancel = this.options.clock.after(RENEW_AFTER_MS, renew, { unref: true });
      }
    };
    await renewal;
    arm();
    try {
      return await work();
    } finally {
      working = false;
      cancel();
      await renewal;
    }
  }

  /** Releases the lease, and updates its row. If this fails, the lease expires by itself. */
  async release(update: Partial<LeaseState> = {}): Promise<void> {
    await this.commit([], 'to release the lease', { ...update, held: false }).catch(() => false);
  }

  /**
   * Ends the run without a write. Nothing is written under the lease any more, but its row does not say so: other processes
   * take the lease when it has been silent for long enough, as after a crash.
   *
   * @returns the lease for the next run of this process, which may take it at once if no other process has taken it meanwhile.
   */
  keep(update: Partial<LeaseState>): SeenLease {
    return new SeenLease(this.options.clock, { ...this.current, ...update, held: false }, this.row);
  }

  /** Checks that the changed row was not the lease row. */
  private async assertUntouched(): Promise<void> {
    const row = await this.readOwn();
    if (row.version !== this.row.version) {
      // Something on the way sent the commit twice: the first was applied, and the refusal of the second came back.
      throw new Error('A commit that was refused has changed the lease.');
    }
  }

  private async isRenewed(): Promise<boolean> {
    try {
      return await this.commit([], 'to renew the lease');
    } catch (error) {
      if (error instanceof BrokenConditionError) {
        throw error;
      }
      return false;
    }
  }

  /** Reads the row again: a commit of this run whose answer was lost may have changed it. */
  private async reread(): Promise<void> {
    this.row = await this.readOwn();
    this.current = { ...this.current, step: leaseStateOf(this.row).step };
  }

  private async readOwn(): Promise<Row> {
    const { row, state } = await lookAtLease(this.options);
    if (!row || state.runId !== this.current.runId) {
      this.lost = true;
      throw new LostLeaseError();
    }
    return row;
  }

  private call(purpose: string): Call {
    return { purpose, deadlineMs: this.options.deadlineMs };
  }
}
