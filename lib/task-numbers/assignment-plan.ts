import { WAITING, type Claim } from './claim.js';

/** Clocks differ by minutes; a heartbeat from further ahead than this would keep its claim alive for ever. */
const FAR_FUTURE_MS = 3_600_000;

/** A number offered to a waiting claim. */
export interface Assignment<C extends Claim> {
  readonly claim: C;
  readonly taskNum: number;
}

interface Group<C extends Claim> {
  readonly usedNumbers: Set<number>;
  readonly waiting: C[];
}

/**
 * Decides what one housekeeping run does about the claims it meets. It changes nothing itself.
 *
 * It keeps the distinct numbers and the claims that are to be written, and forgets the others, so that
 * a run can stream any number of claims through it. A number that is freed by this run is still a used
 * one, and no number is offered twice in a run: an answer that got lost can then do no harm.
 */
export class AssignmentPlan<C extends Claim> {
  /** Claims to remove: their last heartbeat is strictly older than their own expiry. */
  readonly expired: C[] = [];
  /** Claims whose last heartbeat is unreadable or far ahead: it is to be set to now, from where they expire. */
  readonly repairs: C[] = [];

  private readonly groups = new Map<string, Group<C>>();
  private alive = 0;

  /** @param nowMs the time at the start of the run, in milliseconds since the epoch. */
  constructor(private readonly nowMs: number) {}

  /** Target groups met so far. */
  get targets(): number {
    return this.groups.size;
  }

  /** Claims met so far that are alive, with or without a number. */
  get instances(): number {
    return this.alive;
  }

  add(claim: C): void {
    const group = this.groupOf(claim);
    if (claim.taskNum !== WAITING) {
      group.usedNumbers.add(claim.taskNum);
    }
    const ageMs = this.ageMs(claim);
    if (ageMs > claim.expirationSec * 1000) {
      this.expired.push(claim);
      return;
    }
    this.alive++;
    if (Number.isNaN(ageMs)) {
      this.repairs.push(claim);
    } else if (claim.taskNum === WAITING) {
      group.waiting.push(claim);
    }
  }

  /** To be asked once all claims were added: the smallest free numbers, for the waiting claims of each group in the order of their keys. */
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

  /** NaN for a heartbeat that cannot be believed. */
  private ageMs(claim: C): number {
    const ageMs = this.nowMs - (claim.lastUpdatedMs ?? Number.NaN);
    return ageMs < -FAR_FUTURE_MS ? Number.NaN : ageMs;
  }

  private groupOf(claim: C): Group<C> {
    let group = this.groups.get(claim.group);
    if (!group) {
      this.groups.set(claim.group, (group = { usedNumbers: new Set(), waiting: [] }));
    }
    return group;
  }
}

function byKey(a: Claim, b: Claim): number {
  if (a.key === b.key) {
    return 0;
  }
  return a.key < b.key ? -1 : 1;
}
