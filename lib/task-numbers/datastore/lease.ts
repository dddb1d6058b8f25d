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
import { lookAtLease, STEAL_AFTER_MS, type LeaseOptions, type SeenLease } from './seen-lease.js';

const RENEW_AFTER_MS = 5_000;
const RECOVERY_ATTEMPTS = 3;
const GUARD_ATTEMPTS = 5;

/** Another run has taken the lease: nothing that this one still writes will be applied. */
export class LostLeaseError extends Error {
  override readonly name = 'LostLeaseError';

  constructor() {
    super('Another run of housekeeping has taken the lease.');
  }
}

/**
 * The right of one run to change numbers, and the fence that makes it one: each of its commits changes the
 * lease row as well, on the condition that it is still as this run wrote it last. Once another run has taken
 * the lease no commit of this one is applied any more, however late it arrives; so it does not matter for how
 * long a holder was frozen, nor whether anybody's clock is right.
 */
export class Lease {
  private lost = false;

  private constructor(
    private readonly options: LeaseOptions,
    private current: LeaseState,
    private row: Row,
    /** Runs from before the renewal was sent that was answered last. */
    private age: Stopwatch,
    /**
     * The time by which this run judges, by its own clock: it is not later than the lease row says, however long
     * the process is frozen.
     */
    readonly takenMs: number,
  ) {}

  /**
   * Takes a lease that nobody holds, or whose holder is silent.
   *
   * @returns undefined when another run was faster.
   * @throws Error when it is not known whether it was taken.
   */
  static async take(options: LeaseOptions, seen: SeenLease): Promise<Lease | undefined> {
    const { store, clock, deadlineMs } = options;
    const age = new Stopwatch(clock);
    const nowMs = clock.now();
    const state: LeaseState = {
      ...seen.state,
      // A run that died may have removed claims.
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
    const held = (row: Row): Lease => new Lease(options, state, row, age, nowMs);
    try {
      const answer = await store.commit([write], { purpose: 'to take the lease', deadlineMs });
      return answer.applied
        ? held({ path: LEASE_PATH, properties, version: answer.versions[0] ?? '' })
        : undefined;
    } catch (error) {
      const now = await lookAtLease(options);
      if (now.row && now.state.runId === state.runId) {
        return held(now.row);
      }
      throw error;
    }
  }

  /** What the lease row says now. */
  get state(): LeaseState {
    return this.current;
  }

  /** False once another run may have taken the lease. */
  isHeld(): boolean {
    return !this.lost && this.age.elapsedMs() < STEAL_AFTER_MS;
  }

  /**
   * Shows that the server keeps conditions, by a commit that it must refuse.
   *
   * @throws BrokenConditionError when it does not.
   */
  async proveConditions(): Promise<void> {
    const wrong = { ...this.row, version: String(BigInt(this.row.version) - 1n) };
    const properties = leaseProperties({ ...this.current, step: this.current.step + 1 });
    for (let attempt = 1; attempt <= GUARD_ATTEMPTS; attempt++) {
      const answer = await this.options.store.commit(
        [{ type: 'update', row: wrong, properties }],
        this.call('to try a wrong version'),
      );
      if (answer.applied) {
        throw new BrokenConditionError(
          'This Datastore applies a commit although its condition does not hold. No task numbers are assigned on it: two instances could be given the same one.',
        );
      }
      // ABORTED only says that another process was writing.
      if (answer.reason !== 'ABORTED') {
        return;
      }
    }
    throw new Error(
      'Whether Datastore keeps conditions could not be found out: too many write at once.',
    );
  }

  /**
   * Applies the writes and a step of the lease together.
   *
   * @returns false when some row refused, and nothing was applied.
   * @throws LostLeaseError; any other Error when it is not known whether they were applied.
   */
  async commit(writes: readonly RowWrite[], purpose: string): Promise<boolean> {
    return await this.advance({}, writes, purpose);
  }

  /** Renews the lease, if it has not been for a while. */
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
   * To be called after a commit without an answer. It renews the lease, which kills whatever of this run is
   * still on its way, so that what the rows say from here on is final.
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

  /** Keeps the lease renewed while work goes on that does not write. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    let working = true;
    let cancel = (): void => {};
    let renewal = this.renewIfOld();
    const arm = (): void => {
      if (working) {
        const renew = (): void => {
          // A lease that cannot be renewed is soon not held any more, which the work asks for.
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

  /** Gives the lease up, and updates its row. If that fails, the lease expires by itself. */
  async release(update: Partial<LeaseState> = {}): Promise<void> {
    await this.advance({ ...update, held: false }, [], 'to give the lease up').catch(() => false);
  }

  private async advance(
    changes: Partial<LeaseState>,
    writes: readonly RowWrite[],
    purpose: string,
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

  /** The row that refused may have been the lease row. */
  private async assertUntouched(): Promise<void> {
    const row = await this.own();
    if (row.version !== this.row.version) {
      // Something on the way has sent it twice, and the second answer was the one that came.
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

  /** A commit of this run whose answer was lost may have changed the row. */
  private async reread(): Promise<void> {
    this.row = await this.own();
    this.current = { ...this.current, step: leaseStateOf(this.row).step };
  }

  private async own(): Promise<Row> {
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
