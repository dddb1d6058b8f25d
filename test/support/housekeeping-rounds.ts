import { setTimeout as sleep } from 'node:timers/promises';
import type { HousekeepingReport } from '../../lib/housekeeping/housekeeping-report.js';
import type { Fleet } from './fleet.js';
import type { FleetMember } from './fleet-member.js';
import type { SeededRandom } from './seeded-random.js';

const ROUND_MS = 1000;
/** Less than a run takes, so that runs overlap in all ways. */
const LONGEST_DELAY_MS = 40;

/** Calls all housekeepers of a fleet every second, almost at once, as several crons would. */
export class HousekeepingRounds {
  done = 0;
  /** Runs that left the work to another one. */
  skipped = 0;
  failed = 0;
  assigned = 0;
  expired = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly fleet: Fleet,
    private readonly random: SeededRandom,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      for (const member of this.fleet.housekeepers) {
        void this.call(member);
      }
    }, ROUND_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async call(member: FleetMember): Promise<void> {
    await sleep(this.random.below(LONGEST_DELAY_MS));
    const answer = await member.keepHouse();
    if (answer?.status === 200) {
      this.note(JSON.parse(answer.body) as HousekeepingReport);
    } else if (answer) {
      this.failed++;
    }
  }

  private note({ skipped, assigned, expired }: HousekeepingReport): void {
    if (skipped) {
      this.skipped++;
    } else {
      this.done++;
    }
    this.assigned += assigned;
    this.expired += expired;
  }
}
