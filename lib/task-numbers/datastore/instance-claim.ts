import type { Clock } from '../../clock/clock.js';
import { Stopwatch } from '../../clock/stopwatch.js';
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
import type { Call, RowPath, RowStore } from './row-store.js';

/** What an {@link InstanceClaim} is made of. */
interface InstanceClaimOptions {
  readonly store: RowStore;
  readonly clock: Clock;
  /** `<target group>|<instance id>`. */
  readonly key: string;
  readonly group: string;
  readonly expirationSec: number;
  /** How long each answer of Datastore is waited for. */
  readonly deadlineMs: number;
  /** Called when others have changed the row in a way that they must not. */
  readonly onTrouble: (trouble: ClaimTrouble) => void;
}

/** A claim without a number is rewritten when this part of its expiry has passed; until then it is only looked up. */
const REWRITE_PART = 1 / 6;

/**
 * The row of one instance, from the side of the instance: its heartbeats and its release. Each write is
 * conditional on the version that this process wrote, or re-read as its own, so that it notices when
 * housekeeping has changed or removed the row.
 */
export class InstanceClaim {
  private readonly path: RowPath;
  private readonly history: ClaimHistory;
  /** The row with our number as we wrote it last, while nothing is known against it. */
  private lastWritten: InstanceRow | undefined;
  /** The latest time that the clock has shown at a heartbeat, answered or not. */
  private latest: { readonly atMs: number; readonly since: Stopwatch } | undefined;
  /** Which assignment the number that is in use comes from: when it was given. */
  private usedAssignmentMs: number | undefined;
  /** False before the first heartbeat: the id has a nonce of this start, so nothing need be read. */
  private mayExist = false;
  private waits = false;
  private released = false;
  private queue: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: InstanceClaimOptions) {
    this.path = pathOf(options.key);
    this.history = new ClaimHistory(options.clock, options.expirationSec);
  }

  /** Whether housekeeping had given it no number when it was seen last. */
  get isWaiting(): boolean {
    return this.waits;
  }

  /** Sends one heartbeat. Heartbeats of one claim, and its release, run one after the other. */
  async notify(): Promise<number> {
    return await this.inTurn(async () => {
      this.assertNotReleased();
      const claim = await this.write(known => this.beat(known), 'to renew');
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
   * Ages the row, so that its number is free a little after what was sent under it. From here on {@link notify} rejects.
   *
   * @param latestEndTime the latest end time that was sent, in microseconds since the epoch.
   */
  async release(latestEndTime?: number): Promise<void> {
    this.released = true;
    this.mayExist = true;
    await this.inTurn(() => this.write(known => this.age(known, latestEndTime), 'to release'));
  }

  /** Writes on what this process knows of the row; if that is refused, once more on what the row says. */
  private async write<T>(
    attempt: (known: InstanceRow | undefined) => Promise<T | undefined>,
    verb: string,
  ): Promise<T> {
    // Forgotten before the call: when its answer gets lost, the version is no longer known.
    const { lastWritten, mayExist } = this;
    this.lastWritten = undefined;
    this.mayExist = true;
    const known = mayExist ? (lastWritten ?? (await this.read())) : undefined;
    const written = (await attempt(known)) ?? (await attempt(await this.read()));
    if (written === undefined) {
      throw new Error(
        `Datastore refused twice ${verb} the claim "${this.options.key}": others keep changing its row`,
      );
    }
    return written;
  }

  /** @returns the row as it is now, undefined when the write was refused. */
  private async beat(known: InstanceRow | undefined): Promise<InstanceRow | undefined> {
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
    this.history.written(claim);
    return claim;
  }

  /** @returns whether the row is aged, or there is none; undefined when the write was refused. */
  private async age(
    known: InstanceRow | undefined,
    latestEndTime: number | undefined,
  ): Promise<true | undefined> {
    if (!known) {
      return true;
    }
    const agedMs = releasedMs(known, latestEndTime, this.latestMs());
    // A claim that waits is marked in any case, or housekeeping would give it a number.
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
   * Whether this instance may send under the number. One that was freed elsewhere was last used before it was
   * given to us by the clock of housekeeping: until our own clock has got there we have to wait, or what we send
   * would overlap with what its former holder sent.
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

  /** Now, or later where the clock was set back at some time: what was sent goes on with the later times. */
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

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.queue.then(work);
    this.queue = turn.catch(() => undefined);
    return await turn;
  }
}

/** Ours keeps the properties of a row, and says when it gave the number. */
function isForeign({ isOurs, taskNum, assignedMs }: InstanceRow): boolean {
  return !isOurs || (taskNum !== WAITING && assignedMs === undefined);
}

function clockBehindError({ taskNum, assignedMs = 0 }: InstanceRow): NoTaskNumberError {
  return new NoTaskNumberError(
    `task number ${taskNum} is not used yet, since it was assigned at ${new Date(assignedMs).toISOString()} and the clock of this instance is behind`,
  );
}
