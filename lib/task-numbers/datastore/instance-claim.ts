import type { Clock } from '../../clock/clock.js';
import { heartbeatMs, releasedError, releasedMs, WAITING } from '../claim.js';
import { NoTaskNumberError } from '../task-num-allocator.js';
import {
  claimOf,
  lastUpdatedProperty,
  pathOf,
  propertiesOf,
  type InstanceRow,
} from './instance-row.js';
import type { Call, RowPath, RowStore } from './row-store.js';

/** What an {@link InstanceClaim} is made of. */
export interface InstanceClaimOptions {
  readonly store: RowStore;
  readonly clock: Clock;
  /** `<target group>|<instance id>`. */
  readonly key: string;
  readonly group: string;
  readonly expirationSec: number;
  /** How long each answer of Datastore is waited for. */
  readonly deadlineMs: number;
}

/** A waiting claim is rewritten when this part of its expiry has passed; until then it is only looked up. */
const REWRITE_PART = 1 / 6;

/**
 * The row of one instance, from the side of the instance: its heartbeats and its release. Each write is
 * conditional on the version that this process wrote, or re-read as its own, so that it notices when
 * housekeeping has changed or removed the row.
 */
export class InstanceClaim {
  private readonly path: RowPath;
  /** The row with our number as we wrote it last, while nothing is known against it. */
  private lastWritten: InstanceRow | undefined;
  private released = false;
  private queue: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: InstanceClaimOptions) {
    this.path = pathOf(options.key);
  }

  /** One heartbeat. Those of one claim, and its release, run one after the other. */
  async notify(): Promise<number> {
    return await this.inTurn(async () => {
      this.assertNotReleased();
      const claim = await this.write(known => this.beat(known), 'to renew');
      this.assertNotReleased();
      if (claim.taskNum === WAITING) {
        throw new NoTaskNumberError();
      }
      this.lastWritten = claim;
      return claim.taskNum;
    });
  }

  /** Ages the row, so that its number is free a little later. From here on {@link notify} rejects. */
  async release(): Promise<void> {
    this.released = true;
    await this.inTurn(() => this.write(known => this.age(known), 'to release'));
  }

  /** Writes on what this process knows of the row; if that is refused, once more on what the row says. */
  private async write<T>(
    attempt: (known: InstanceRow | undefined) => Promise<T | undefined>,
    verb: string,
  ): Promise<T> {
    // Forgotten before the call: when its answer gets lost, the version is no longer known.
    const { lastWritten } = this;
    this.lastWritten = undefined;
    const written =
      (await attempt(lastWritten ?? (await this.read()))) ?? (await attempt(await this.read()));
    if (written === undefined) {
      throw new Error(
        `Datastore refused twice ${verb} the claim "${this.options.key}": others keep changing its row`,
      );
    }
    return written;
  }

  /** @returns the row as it is now, undefined when the write was refused. */
  private async beat(known: InstanceRow | undefined): Promise<InstanceRow | undefined> {
    const { clock, store, key, group, expirationSec } = this.options;
    const nowMs = clock.now();
    if (known?.taskNum === WAITING && !this.isRewriteDue(known, nowMs)) {
      return known;
    }

    const claim = {
      key,
      group,
      taskNum: known?.taskNum ?? WAITING,
      lastUpdatedMs: heartbeatMs(nowMs, known?.lastUpdatedMs),
      expirationSec,
    };
    const properties = propertiesOf(claim, known?.row.properties);
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
    return { ...claim, row: { path: this.path, properties, version: answer.versions[0] ?? '' } };
  }

  /** @returns whether the row is aged, or there is none; undefined when the write was refused. */
  private async age(known: InstanceRow | undefined): Promise<true | undefined> {
    if (!known) {
      return true;
    }
    const agedMs = releasedMs(this.options.clock.now(), known);
    if (agedMs === known.lastUpdatedMs) {
      return true;
    }
    const properties = { ...known.row.properties, ...lastUpdatedProperty(agedMs) };
    const answer = await this.options.store.commit(
      [{ type: 'update', row: known.row, properties }],
      this.call('to release'),
    );
    return answer.applied || undefined;
  }

  private async read(): Promise<InstanceRow | undefined> {
    const row = await this.options.store.lookup(this.path, this.call('to look up'));
    return row && claimOf(row);
  }

  private isRewriteDue(known: InstanceRow, nowMs: number): boolean {
    const ageMs = nowMs - (known.lastUpdatedMs ?? Number.NEGATIVE_INFINITY);
    return ageMs >= this.options.expirationSec * 1000 * REWRITE_PART;
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
