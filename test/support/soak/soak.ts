import { setTimeout as sleep } from 'node:timers/promises';
import type { FlushReport } from 'nestjs-tsmon';
import type { EmulatorKind } from '../emulators.js';
import { until } from '../processes.js';
import { incrementsOf } from '../received-increments.js';
import type { HttpPlatform } from '../test-app.js';
import { FaultProxy } from './fault-proxy.js';
import { Load } from './load.js';
import type { SoakResources } from './protocol.js';
import { SoakedDatastore } from './soaked-datastore.js';
import { SoakedProcess } from './soaked-process.js';
import { SoakedReceiver } from './soaked-receiver.js';
import { talliesOf, wrongCounts, type Tally } from './tallies.js';

/** A metric that exists from the first request on. */
const STREAM = 'soak/handled';
/** How many flushes it may take until all has arrived after a fault. Flushes over a dead connection fail until it is replaced. */
const MOST_FLUSHES_BY_HAND = 40;
const PAUSE_MS = 50;

/** The outcome of a phase. */
export interface Phase extends SoakResources {
  readonly name: string;
  readonly seconds: number;
  readonly slowestMs: number;
  /** How many flushes by hand it took until all had arrived. */
  readonly flushesByHand: number;
  /** How much was counted twice since the start, by all that the application can know. */
  readonly countedTwice: number;
}

export interface SoakOptions {
  readonly platform: HttpPlatform;
  /** Where task numbers come from; in memory where it is left out. */
  readonly emulator?: EmulatorKind;
  /** The expiry of task numbers: without an answered heartbeat a number is used for half of it. */
  readonly expirationSec: number;
  readonly mostRequests: number;
  /** Takes what to do after the test, which runs in reverse order. */
  readonly cleanUps: (() => unknown)[];
}

/** An application under load, its servers, and the proxies between them. */
export class Soak {
  readonly phases: Phase[] = [];

  private constructor(
    readonly app: SoakedProcess,
    readonly receiver: SoakedReceiver,
    readonly load: Load,
    /** The proxy before the receiver. */
    readonly wire: FaultProxy,
    private readonly keptRows: SoakedDatastore | undefined,
  ) {}

  /** Starts everything, and waits for the first flush, which also loads packages. */
  static async start(options: SoakOptions): Promise<Soak> {
    const { platform, emulator, expirationSec, mostRequests, cleanUps } = options;
    const receiver = await SoakedReceiver.start();
    cleanUps.unshift(() => receiver.stop());
    const wire = await FaultProxy.start(receiver.port);
    cleanUps.unshift(() => wire.stop());
    const datastore = emulator && (await SoakedDatastore.start(emulator));
    cleanUps.unshift(() => datastore?.stop());
    cleanUps.unshift(() => datastore?.stopRounds());
    const app = await SoakedProcess.start({
      platform,
      monitorPort: wire.port,
      datastorePort: datastore?.port,
      expirationSec,
    });
    cleanUps.unshift(() => app.end('SIGKILL'));
    datastore?.keepHouseOf(app.port);
    const load = new Load(app.port, mostRequests);
    cleanUps.unshift(() => load.close());
    await until('it flushes', async () => (await app.flush()).outcome === 'sent');
    return new Soak(app, receiver, load, wire, datastore);
  }

  get datastore(): SoakedDatastore {
    if (!this.keptRows) {
      throw new Error('This soak has no Datastore.');
    }
    return this.keptRows;
  }

  /** Returns the sum of all cells of a metric, as the receiver has it. */
  told(metric: string): number {
    return incrementsOf(this.receiver.payloads, metric);
  }

  /** How much was counted twice of all that is counted, by all that the application can know. */
  get countedTwice(): number {
    return this.phases.at(-1)?.countedTwice ?? 0;
  }

  /**
   * Under load, and then without any until all that was counted has arrived.
   *
   * @throws Error when the phase does not come to its end, or the counts are wrong after it.
   */
  async phase(name: string, work: () => Promise<void>): Promise<void> {
    const begun = performance.now();
    await this.load.during(work).catch((cause: unknown) => {
      throw new Error(`The phase "${name}" did not come to its end: ${String(cause)}`, { cause });
    });
    const { flushesByHand, tallies } = await this.afterwards(name);
    this.phases.push({
      name,
      seconds: Math.round((performance.now() - begun) / 100) / 10,
      slowestMs: Math.round(this.load.takeSlowestMs()),
      flushesByHand,
      countedTwice: tallies.reduce((sum, { twice }) => sum + twice, 0),
      ...(await this.app.resources()),
    });
  }

  /** Waits until requests have flushed with this outcome, from now on. */
  async requestsFlush(outcome: FlushReport['outcome'], times = 1): Promise<FlushReport> {
    let last = (await this.app.state()).lastFlush;
    let seen = 0;
    return await until(`a request has flushed: ${outcome}`, async () => {
      const { lastFlush } = await this.app.state();
      if (lastFlush && lastFlush.startedAt !== last?.startedAt) {
        last = lastFlush;
        seen += lastFlush.outcome === outcome ? 1 : 0;
      }
      return seen >= times && lastFlush;
    });
  }

  /** Returns the end time of the latest payload that has arrived. */
  get lastEndTime(): number {
    return Math.max(...this.receiver.payloads.map(({ endTime }) => endTime));
  }

  /** Waits until the receiver has cells of streams that started after this time. */
  async streamsStart(since: number): Promise<void> {
    await until('new streams have started', () => {
      const cells = this.receiver.payloads.at(-1)?.cells ?? [];
      return cells.some(({ metric, startTime = 0 }) => metric === STREAM && startTime > since);
    });
  }

  private async afterwards(
    phase: string,
  ): Promise<{ flushesByHand: number; tallies: readonly Tally[] }> {
    for (let flushesByHand = 1; ; flushesByHand++) {
      const { outcome, reasons } = await this.app.flush();
      const tallies = await this.tallies();
      const wrong = wrongCounts(tallies);
      if (outcome === 'sent' && wrong.length === 0) {
        return { flushesByHand, tallies };
      }
      if (flushesByHand === MOST_FLUSHES_BY_HAND) {
        const texts = [`the last flush: ${outcome}`, ...reasons, ...wrong];
        throw new Error(`After the phase "${phase}" the counts are wrong; ${texts.join('\n')}`);
      }
      await sleep(PAUSE_MS);
    }
  }

  private async tallies(): Promise<Tally[]> {
    const { acceptedEndTimes } = await this.app.state();
    return talliesOf(this.load.answered, this.receiver.payloads, new Set(acceptedEndTimes));
  }
}
