import { HousekeepingTurn, RECENTLY_SEC } from '../../../lib/housekeeping/housekeeping-turn.js';
import { HeldTaskNumber } from '../../../lib/flush/held-task-number.js';
import { Task } from '../../../lib/targets/task.js';
import { DatastoreTaskNumAllocator } from '../../../lib/task-numbers/datastore/datastore-task-num-allocator.js';
import { NoTaskNumberError } from '../../../lib/task-numbers/task-num-allocator.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { SeededRandom } from '../../support/seeded-random.js';
import type { BenchTable, Row } from '../bench-table.js';
import { shareOfPeer } from '../rows.js';
import { CountedDatastore } from './counted-datastore.js';

/** Who calls housekeeping: a cron by HTTP that meets any one instance, or each instance by its own clock. */
type Cron = 'cron by HTTP' | '@Cron everywhere';

const MINUTE_MS = 60_000;
const MINUTES_PER_DAY = 24 * 60;
const HEARTBEAT_SEC = 300;
const never = new AbortController().signal;
const task = new Task({ serviceName: 'shop', jobName: 'web', dataCenter: 'eu', hostName: 'v1' });

/** One transaction of a read and a write, and one row of a scan, each minute. */
const LUCI = { reads: 2 * MINUTES_PER_DAY, writes: MINUTES_PER_DAY };

const INSTANCES = { short: [1, 20], long: [1, 20, 200, 2_000] } as const;

export const table: BenchTable = {
  title: "Datastore operations of an instance in a day, against those of LUCI's allocator",
  measure: async effort => {
    const rows: Row[] = [];
    for (const instances of INSTANCES[effort]) {
      for (const cron of ['cron by HTTP', '@Cron everywhere'] as const) {
        for (const global of [false, true]) {
          rows.push(await measure(instances, cron, global));
        }
      }
    }
    return rows;
  },
};

async function measure(instances: number, cron: Cron, global: boolean): Promise<Row> {
  const { reads, writes } = await new Day(instances, cron, global).run();
  return shareOfPeer({
    what: `${instances} instances, ${cron}${global ? ', global metrics' : ''}`,
    unit: 'reads and 3 × writes',
    ours: [price({ reads, writes })],
    peer: 'LUCI',
    peerValues: [price(LUCI)],
    target: 1,
    note: `${Math.round(reads)} reads, ${Math.round(writes)} writes`,
  });
}

/** By the list price a write costs three reads. */
function price({ reads, writes }: { reads: number; writes: number }): number {
  return reads + 3 * writes;
}

interface Instance {
  readonly allocator: DatastoreTaskNumAllocator;
  readonly taskNumber: HeldTaskNumber;
  readonly turn: HousekeepingTurn;
}

/** A day of instances that all live through it, each with the real allocator, on a Datastore that counts. */
class Day {
  private readonly clock = new ManualClock();
  private readonly random = new SeededRandom(1);
  private readonly datastore = new CountedDatastore(() => this.clock.now());
  private readonly instances: Instance[];

  constructor(
    count: number,
    private readonly cron: Cron,
    private readonly global: boolean,
  ) {
    this.instances = Array.from({ length: count }, (_, i) => this.start(`instance-${i}`));
  }

  /** What one instance costs, its start left out. */
  async run(): Promise<{ reads: number; writes: number }> {
    await this.minute();
    await this.minute();
    const before = { ...this.datastore.counted };
    for (let minute = 0; minute < MINUTES_PER_DAY; minute++) {
      await this.minute();
    }
    const { length } = this.instances;
    const { reads, writes } = this.datastore.counted;
    return { reads: (reads - before.reads) / length, writes: (writes - before.writes) / length };
  }

  private async minute(): Promise<void> {
    this.clock.advance(MINUTE_MS);
    for (const { taskNumber } of this.instances) {
      await taskNumber.renew(never).catch((error: unknown) => {
        if (!(error instanceof NoTaskNumberError)) {
          throw error;
        }
      });
    }
    if (this.cron === 'cron by HTTP') {
      await this.housekeeping(this.random.oneOf(this.instances), 0);
      return;
    }
    for (const instance of this.instances) {
      if (instance.turn.isMine()) {
        await this.housekeeping(instance, RECENTLY_SEC);
      }
    }
  }

  private async housekeeping(
    { allocator, turn }: Instance,
    unlessFinishedWithinSec: number,
  ): Promise<void> {
    const { skipped } = await allocator.assignTaskNumbers({
      scan: 'when-needed',
      unlessFinishedWithinSec,
      whileHeld: this.global ? () => Promise.resolve() : undefined,
    });
    turn.noteRun(skipped);
  }

  private start(instanceId: string): Instance {
    const { clock } = this;
    const allocator = new DatastoreTaskNumAllocator(this.datastore.connect(), { clock });
    const claimant = { task, instanceId, heartbeatSec: HEARTBEAT_SEC };
    const taskNumber = new HeldTaskNumber(allocator, claimant, clock, () => undefined);
    return { allocator, taskNumber, turn: new HousekeepingTurn(taskNumber, clock) };
  }
}
