import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { SeededRandom } from '../../support/seeded-random.js';
import { CountedDatastore, type Operations } from '../task-numbers/counted-datastore.js';
import type { DailyTraffic } from './daily-traffic.js';
import type { DayCosts } from './day-costs.js';
import { ShopInstance, type Sent, type ShopOptions } from './shop-instance.js';
import { GLOBAL_CELLS } from './shop-metrics.js';

const MINUTE_MS = 60_000;
const SCALAR_BYTES = 8;
/** The sidecar's default is a scrape each half minute. */
const SCRAPES_A_MINUTE = 2;

/** Lives through a day with the library's own code, one request after the other. */
export async function driveDay(
  traffic: DailyTraffic,
  options: ShopOptions = {},
): Promise<DayCosts & { readonly operations: Operations }> {
  return await new DrivenDay(traffic, options).run();
}

class DrivenDay {
  private readonly clock = new ManualClock();
  private readonly random = new SeededRandom(1);
  private readonly datastore = new CountedDatastore(() => this.clock.now());
  private readonly instances: ShopInstance[] = [];
  private readonly ours: Sent = {
    flushes: 0,
    bytes: 0,
    samples: 0,
    bytesOfEveryCell: 0,
    roundTrips: 0,
  };
  private started = 0;
  private requests = 0;
  private instanceMinutes = 0;
  private openTelemetryBytes = 0;
  private prometheusSamples = 0;

  constructor(
    private readonly traffic: DailyTraffic,
    private readonly options: ShopOptions,
  ) {}

  async run(): Promise<DayCosts & { readonly operations: Operations }> {
    for (let minute = 0; minute < this.traffic.minutes; minute++) {
      await this.scale(this.traffic.instancesIn(minute));
      await this.serve(this.traffic.requestsPerSecIn(minute), minute);
      await this.everyMinute();
    }
    const { requests, instanceMinutes, ours, openTelemetryBytes, prometheusSamples } = this;
    return {
      requests,
      instanceMinutes,
      ours,
      luciBytes: ours.bytesOfEveryCell,
      openTelemetryBytes,
      prometheusSamples,
      operations: this.datastore.counted,
    };
  }

  private async scale(wanted: number): Promise<void> {
    while (this.instances.length < wanted) {
      const id = `instance-${this.started++}`;
      const instance = new ShopInstance(this.datastore, this.clock, id, this.options, this.ours);
      this.instances.push(instance);
      await instance.start();
    }
    while (this.instances.length > wanted) {
      const instance = this.instances.pop()!;
      this.openTelemetryBytes += bytesOfPeer(instance);
      await instance.stop();
    }
  }

  /** Requests come at random, each to any instance. */
  private async serve(requestsPerSec: number, minute: number): Promise<void> {
    const { clock, random, instances } = this;
    const perMs = (requestsPerSec * instances.length) / 1000;
    const endMs = (minute + 1) * MINUTE_MS;
    for (;;) {
      const waitMs = -Math.log(1 - random.next()) / perMs;
      if (clock.monotonicNow() + waitMs >= endMs) {
        break;
      }
      clock.advance(waitMs);
      this.requests += 1;
      await random.oneOf(instances).serve(random);
    }
    clock.advance(endMs - clock.monotonicNow());
  }

  /** The cron reaches any one instance. The peers send. */
  private async everyMinute(): Promise<void> {
    const { allocator } = this.random.oneOf(this.instances);
    await allocator.assignTaskNumbers({
      scan: 'when-needed',
      whileHeld: () => Promise.resolve(true),
    });
    this.ours.bytes += GLOBAL_CELLS * SCALAR_BYTES;
    this.ours.bytesOfEveryCell += GLOBAL_CELLS * SCALAR_BYTES;
    this.ours.samples += GLOBAL_CELLS;
    this.instanceMinutes += this.instances.length;
    for (const instance of this.instances) {
      this.openTelemetryBytes += bytesOfPeer(instance);
      this.prometheusSamples += SCRAPES_A_MINUTE * (instance.samplesOfAllCells + GLOBAL_CELLS);
    }
  }
}

/** Without housekeeping every instance reports the gauges of the whole service. */
function bytesOfPeer(instance: ShopInstance): number {
  return instance.bytesOfAllCells + GLOBAL_CELLS * SCALAR_BYTES;
}
