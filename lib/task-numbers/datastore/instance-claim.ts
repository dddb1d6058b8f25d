import { Stopwatch } from '../../clock/stopwatch.js';
import { WorkQueue } from '../../clock/work-queue.js';
import { believableMs, heartbeatMs, releasedError, releasedMs, WAITING } from '../claim.js';
import { NoTaskNumberError } from '../task-num-allocator.js';
import { ClaimHistory, type ClaimTrouble } from './claim-history.js';
import {
  claimOf,
  pathOf,
  propertiesOf,
  releasedProperties,
  type InstanceRow,
} from './instance-row.js';
import type { Call, RowAccess, RowPath } from './row-store.js';

interface InstanceClaimOptions extends RowAccess {
  /** `<target group>|<instance id>`. */
  readonly key: string;
  readonly group: string;
  readonly expirationSec: number;
  /** Called when another process has changed the row in a way that is not allowed. */
  readonly onTrouble: (trouble: ClaimTrouble) => void;
}

/** A waiting claim is rewritten after this part of its expiry. Until then it is only looked up. */
const REWRITE_PART = 1 / 6;

/**
 * The row of one instance, as the instance itself uses it: heartbeats and release. Each write is conditional on the version
 * that this process wrote, or read again as its own. So the instance notices when housekeeping has changed or removed the
 * row.
 */
export class InstanceClaim {
  private readonly path: RowPath;
  private readonly history: ClaimHistory;
  /** The row with our number as we wrote it last; undefined as soon as it may have changed. */
  private lastWritten: InstanceRow | undefined;
  /** The latest time that the clock showed at a heartbeat, answered or not. */
  private latest: { readonly atMs: number; readonly since: Stopwatch } | undefined;
  /** The time when the number in use was assigned: it identifies the assignment. */
  private usedAssignmentMs: number | undefined;
  /** False before the first heartbeat: the id contains a nonce of this start, so there is no row to read. */
  private mayExist = false;
  private waits = false;
  private released = false;
  private readonly queue = new WorkQueue();

  constructor(private readonly options: InstanceClaimOptions) {
    this.path = pathOf(options.key);
    this.history = new ClaimHistory(options.clock, options.expirationSec);
  }

  /** Whether the claim had no number when it was read or written last. */
  get isWaiting(): boolean {
    return this.waits;
  }

  /** Sends one heartbeat. Heartbeats and the release of a claim run one after the other. */
  async notify(): Promise<number> {
    return await this.queue.run(async () => {
      this.assertNotReleased();
      const claim = await this.write(known => this.renew(known), 'to renew');
      this.assertNotReleased();
      this.waits = claim.taskNum === WAITING;
      if (!this.isUsable(claim)) {
        throw this.waits ? new NoTaskNumberError() : clockBehindError(claim);
      }
      this.usedAssignmentMs = claim.assignedMs;
      this.lastWritten = claim;
      return claim.taskNum;
    });
  }

  /**
   * Ages the row, so that its number becomes free shortly after the last point that was sent under it. From the call on
   * {@link notify} rejects.
   *
   * @param latestEndTime the latest end time that was sent, in microseconds since the epoch.
   */
  async release(latestEndTime?: number): Promise<void> {
    this.released = true;
    this.mayExist = true;
    await this.queue.run(() => this.write(known => this.age(known, latestEndTime), 'to release'));
  }

  /** Writes on the version that this process knows. If the write is refused, reads the row and writes once more. */
  private async write<T>(
    attempt: (known: InstanceRow | undefined) => Promise<T | undefined>,
    verb: string,
  ): Promise<T> {
    // Forgets the version before the call: if the answer gets lost, the version is not known any more.
    const { lastWritten, mayExist } = this;
    this.lastWritten = undefined;
    this.mayExist = true;
    const known = mayExist ? (lastWritten ?? (await this.read())) : undefined;
    const written = (await attempt(known)) ?? (await attempt(await this.read()));
    if (written === undefined) {
      throw new Error(
        `Datastore refused twice ${verb} the claim "${this.options.key}": other processes keep changing its row`,
      );
    }
    return written;
  }

  /** @returns the present row; undefined if the write was refused. */
  private async renew(known: InstanceRow | undefined): Promise<InstanceRow | undefined> {
    const { clock, store, group, expirationSec } = this.options;
    const nowMs = clock.now();
    this.latest = { atMs: this.latestMs(), since: new Stopwatch(clock) };
    if (known && !this.isUsable(known) && !this.isRewriteDue(known, nowMs)) {
      return known;
    }

    const lastUpdatedMs = heartbeatMs(nowMs, known?.lastUpdatedMs);
    const properties = propertiesOf(
      { group, taskNum: known?.taskNum ?? WAITING, lastUpdatedMs, expirationSec },
      known?.row.properties,
    );
    this.history.sending(lastUpdatedMs);
    const answer = await store.commit(
      [
        known
          ? { type: 'update', row: known.row, properties }
          : { type: 'insert', path: this.path, properties },
      ],
      this.call('to renew'),
    );
    if (!answer.applied) {
      return undefined;
    }
    const claim = claimOf({ path: this.path, properties, version: answer.versions[0] ?? '' });
    this.history.remember(claim);
    return claim;
  }

  /** @returns true if the row is aged or does not exist; undefined if the write was refused. */
  private async age(
    known: InstanceRow | undefined,
    latestEndTime: number | undefined,
  ): Promise<true | undefined> {
    if (!known) {
      return true;
    }
    const agedMs = releasedMs(known, latestEndTime, this.latestMs());
    // A waiting claim must be marked as released, or housekeeping would give it a number.
    const isMarked = known.released || known.taskNum !== WAITING;
    if (agedMs === known.lastUpdatedMs && isMarked) {
      return true;
    }
    this.history.sending(agedMs);
    const answer = await this.options.store.commit(
      [{ type: 'update', row: known.row, properties: releasedProperties(known, agedMs) }],
      this.call('to release'),
    );
    return answer.applied || undefined;
  }

  private async read(): Promise<InstanceRow | undefined> {
    const [row] = await this.options.store.lookup([this.path], this.call('to look up'));
    const claim = row && claimOf(row);
    const trouble = this.history.read(claim);
    if (trouble) {
      this.options.onTrouble(trouble);
    }
    if (claim && isForeign(claim)) {
      this.options.onTrouble({ type: 'foreign writer' });
    }
    return claim;
  }

  /**
   * Whether this instance may send under its number. The former holder used the number until the assignment, by the clock
   * of housekeeping. We wait until our own clock has reached that time, so that our points do not overlap with its points.
   */
  private isUsable({ taskNum, assignedMs = 0 }: InstanceRow): boolean {
    const nowMs = this.options.clock.now();
    const isInUse = assignedMs === this.usedAssignmentMs;
    return taskNum !== WAITING && (isInUse || believableMs(assignedMs, nowMs) <= nowMs);
  }

  private isRewriteDue(known: InstanceRow, nowMs: number): boolean {
    const ageMs = nowMs - (known.lastUpdatedMs ?? Number.NEGATIVE_INFINITY);
    return ageMs >= this.options.expirationSec * 1000 * REWRITE_PART;
  }

  /** Returns the present time, or a later one if the clock was set back: points that were sent have the later times. */
  private latestMs(): number {
    const nowMs = this.options.clock.now();
    const { latest } = this;
    return latest ? Math.max(nowMs, latest.atMs + latest.since.elapsedMs()) : nowMs;
  }

  private assertNotReleased(): void {
    if (this.released) {
      throw releasedError(this.options.key);
    }
  }

  private call(verb: string): Call {
    return {
      purpose: `${verb} the claim "${this.options.key}"`,
      deadlineMs: this.options.deadlineMs,
    };
  }
}

/** Whether another housekeeping wrote the row: ours keeps all properties, and writes when it assigned the number. */
function isForeign({ isOurs, taskNum, assignedMs }: InstanceRow): boolean {
  return !isOurs || (taskNum !== WAITING && assignedMs === undefined);
}

function clockBehindError({ taskNum, assignedMs = 0 }: InstanceRow): NoTaskNumberError {
  return new NoTaskNumberError(
    `task number ${taskNum} cannot be used yet: it was assigned at ${new Date(assignedMs).toISOString()}, and the clock of this instance is behind`,
  );
}
