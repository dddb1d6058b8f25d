import { WAITING, type Claim } from './claim.js';

/** Clocks differ by minutes. A heartbeat that is further ahead than this would keep its claim alive for ever. */
export const FAR_FUTURE_MS = 3_600_000;

/** A number offered to a waiting claim. */
interface Assignment<C extends Claim> {
  readonly claim: C;
  readonly taskNum: number;
}

interface Group<C extends Claim> {
  readonly usedNumbers: Set<number>;
  readonly waiting: C[];
}

/**
 * What to do about a claim at once. `expire`: remove the claim, since its last heartbeat is strictly older than its own
 * expiry. `repair`: set the last heartbeat to now, since it cannot be read or is far ahead; the claim then expires
 * normally.
 */
type Verdict = 'expire' | 'repair' | 'keep';

/**
 * Decides what one housekeeping run does about the claims it reads. It changes nothing itself.
 *
 * The plan keeps only distinct numbers and waiting claims, so that a run can stream any number of claims through it. A
 * number that this run frees still counts as used, and no number is offered twice in a run. So an answer that gets lost
 * does no harm.
 */
export class AssignmentPlan<C extends Claim> {
  private readonly groups = new Map<string, Group<C>>();
  private alive = 0;
  private earliestExpiryMs = Number.POSITIVE_INFINITY;
  private shared: string | undefined;

  /** @param nowMs the time at the start of the run, in milliseconds since the epoch. */
  constructor(private readonly nowMs: number) {}

  /** Number of target groups read so far. */
  get targets(): number {
    return this.groups.size;
  }

  /** Number of claims read so far that are alive, with or without a number. */
  get instances(): number {
    return this.alive;
  }

  /** The earliest time at which a claim read so far can expire. */
  get nextExpiryMs(): number {
    return this.earliestExpiryMs;
  }

  /** A target group in which two claims hold the same number, if there is one. Our housekeeping never causes that. */
  get groupWithSharedNumber(): string | undefined {
    return this.shared;
  }

  add(claim: C): Verdict {
    const group = this.groupOf(claim);
    if (claim.taskNum !== WAITING) {
      this.noteShared(claim, group);
      group.usedNumbers.add(claim.taskNum);
    }
    const ageMs = this.ageMs(claim);
    const expiryMs = claim.expirationSec * 1000;
    if (ageMs > expiryMs) {
      return 'expire';
    }
    this.alive++;
    if (Number.isNaN(ageMs)) {
      this.noteExpiry(this.nowMs + expiryMs);
      return 'repair';
    }
    this.noteExpiry(this.nowMs - ageMs + expiryMs);
    if (claim.taskNum === WAITING && !claim.released) {
      group.waiting.push(claim);
    }
    return 'keep';
  }

  /**
   * Gives the smallest free numbers to the waiting claims of each group, in the order of their keys. Call it after all
   * claims were added.
   */
  *assignments(): Generator<Assignment<C>> {
    for (const { usedNumbers, waiting } of this.groups.values()) {
      let next = 0;
      for (const claim of waiting.sort(byKey)) {
        while (usedNumbers.has(next)) {
          next++;
        }
        yield { claim, taskNum: next++ };
      }
    }
  }

  private noteExpiry(atMs: number): void {
    this.earliestExpiryMs = Math.min(this.earliestExpiryMs, atMs);
  }

  private noteShared(claim: C, group: Group<C>): void {
    if (group.usedNumbers.has(claim.taskNum)) {
      this.shared = claim.group;
    }
  }

  /** Returns the age of the last heartbeat, or NaN if the heartbeat cannot be believed. */
  private ageMs(claim: C): number {
    return isBelievable(claim, this.nowMs)
      ? this.nowMs - (claim.lastUpdatedMs ?? Number.NaN)
      : Number.NaN;
  }

  private groupOf(claim: C): Group<C> {
    let group = this.groups.get(claim.group);
    if (!group) {
      this.groups.set(claim.group, (group = { usedNumbers: new Set(), waiting: [] }));
    }
    return group;
  }
}

/** Whether the last heartbeat of a claim can be read and is not far ahead of `nowMs`. */
export function isBelievable({ lastUpdatedMs }: Claim, nowMs: number): boolean {
  return lastUpdatedMs !== undefined && lastUpdatedMs - nowMs <= FAR_FUTURE_MS;
}

function byKey(a: Claim, b: Claim): number {
  if (a.key === b.key) {
    return 0;
  }
  return a.key < b.key ? -1 : 1;
}
