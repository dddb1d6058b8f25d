import { FlushPipeline } from '../../../lib/flush/flush-pipeline.js';
import { Sender } from '../../../lib/flush/sender.js';
import { HeldTaskNumber } from '../../../lib/flush/held-task-number.js';
import { Counter } from '../../../lib/metrics/counter.js';
import { Registry } from '../../../lib/metrics/registry.js';
import type { Monitor, SendResult } from '../../../lib/monitors/monitor.js';
import type { Cell } from '../../../lib/store/cell.js';
import { storeOf, type InMemoryStore } from '../../../lib/store/in-memory-store.js';
import { Device } from '../../../lib/targets/device.js';
import { Task } from '../../../lib/targets/task.js';
import { withTarget } from '../../../lib/targets/with-target.js';
import {
  NoTaskNumberError,
  TaskNumAllocator,
} from '../../../lib/task-numbers/task-num-allocator.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { SeededRandom } from '../../support/seeded-random.js';
import type { Arrivals } from './arrivals.js';

const task = new Task({ serviceName: 'shop', jobName: 'web', dataCenter: 'europe-west1' });
const device = new Device({ hostname: 'printer' });
const TIMEOUT_MS = 5000;
const HEARTBEAT_MS = 300_000;
const STEPS = 30;
const METRICS = 3;

/** A monitor, and the backend that it sends to. */
export interface RandomBackend {
  readonly monitor: Monitor;
  readonly arrivals: Arrivals;
  /** From now on it writes everything, and says so. */
  behave(): void;
}

/** What a backend may use. */
export interface Surroundings {
  readonly random: SeededRandom;
  readonly clock: ManualClock;
  /** The backend keeps silent: the flush is given up when its time is over. */
  readonly hang: () => void;
}

/** What a life came to. */
export interface LifeReport {
  /** What was not as it should be. */
  readonly faults: string[];
  readonly unknownSends: number;
  /** How many rejections said surely that nothing was written. */
  sureRejections: number;
  /** What arrived beyond what was recorded. */
  excess: number;
}

/** How the backends of this folder call a cell. */
export function nameOfCell(metric: string, targetType: 'task' | 'device'): string {
  return `${metric} of ${targetType}`;
}

/** Records, flushes and loses numbers at random, and compares what arrived with what was recorded. */
export async function randomLife(
  seed: number,
  connect: (surroundings: Surroundings) => RandomBackend,
): Promise<LifeReport> {
  const random = new SeededRandom(seed);
  const clock = new ManualClock();
  const hang = (): void => void setImmediate(() => clock.advance(TIMEOUT_MS));
  const life = new Life(random, clock, connect({ random, clock, hang }));
  for (let step = 0; step < STEPS; step++) {
    await random.oneOf([
      () => life.record(),
      () => life.record(),
      () => life.flush(),
      () => life.flush(),
      () => life.loseNumber(),
    ])();
  }
  return life.end();
}

/** Gives a number, and another one after it was lost. */
class LosingAllocator extends TaskNumAllocator {
  readonly expirationSec = 1800;
  private taskNum = 0;
  isLosing = false;

  async notifyTaskIsAlive(): Promise<number> {
    if (this.isLosing) {
      this.isLosing = false;
      this.taskNum += 1;
      throw new NoTaskNumberError('lost');
    }
    return this.taskNum;
  }

  assignTaskNumbers(): never {
    throw new Error('not asked for here');
  }

  async release(): Promise<void> {}
}

/** A counter, in the target of the instance or in one of its own. */
class RecordedCell {
  constructor(
    private readonly metric: Counter,
    private readonly targetType: 'task' | 'device',
  ) {}

  get name(): string {
    return nameOfCell(this.metric.name, this.targetType);
  }

  get recorded(): number {
    return this.inTarget(() => this.metric.get()) ?? 0;
  }

  add(amount: number): void {
    this.inTarget(() => this.metric.add(amount));
  }

  is({ metric, target }: Cell): boolean {
    return metric.name === this.metric.name && target.type === this.targetType;
  }

  private inTarget<T>(work: () => T): T {
    return this.targetType === 'device' ? withTarget(device, work) : work();
  }
}

class Life {
  private readonly registry = new Registry();
  private readonly store: InMemoryStore = storeOf(this.registry);
  private readonly allocator = new LosingAllocator();
  private readonly cells: readonly RecordedCell[];
  private readonly chunkSize: number;
  private readonly pipeline: FlushPipeline;
  private readonly excess = new Map<RecordedCell, number>();
  private readonly report = { faults: [] as string[], sureRejections: 0, excess: 0 };

  constructor(
    private readonly random: SeededRandom,
    private readonly clock: ManualClock,
    private readonly backend: RandomBackend,
  ) {
    this.store.useClock(clock);
    this.chunkSize = 1 + random.below(2 * METRICS);
    this.cells = Array.from({ length: METRICS }, (_, i) => {
      const metric = new Counter(`life/m${i}`, { registry: this.registry });
      return [new RecordedCell(metric, 'task'), new RecordedCell(metric, 'device')];
    }).flat();
    const claim = { task, instanceId: 'i', heartbeatSec: HEARTBEAT_MS / 1000 };
    const number = new HeldTaskNumber(this.allocator, claim, clock, () =>
      this.store.startStreams(),
    );
    const sender = new Sender(this.watched(backend.monitor), { workers: 1 }, this.store.sends);
    this.pipeline = new FlushPipeline(
      this.registry,
      number,
      sender,
      { intervalSec: 60, quietSec: 0 },
      clock,
    );
  }

  record(): void {
    this.random.oneOf(this.cells).add(1 + this.random.below(3));
  }

  async flush(): Promise<void> {
    this.clock.advance(20_000);
    await this.pipeline.sendAll(TIMEOUT_MS);
  }

  /** What was sent of the streams that end here, and counted, must make up for what arrives twice. */
  async loseNumber(): Promise<void> {
    this.allocator.isLosing = true;
    this.clock.advance(HEARTBEAT_MS);
    const countedBefore = this.store.unknownSends;
    await this.pipeline.sendAll(TIMEOUT_MS).catch((error: unknown) => {
      if (!(error instanceof NoTaskNumberError)) {
        throw error;
      }
    });
    this.allocator.isLosing = false;
    const counted = this.store.unknownSends - countedBefore;
    const doubled = this.cells.filter(cell => this.noteExcess(cell));
    if (doubled.length > counted * this.chunkSize) {
      const names = doubled.map(({ name }) => name).join(', ');
      this.report.faults.push(
        `${names} will arrive twice, in sends of ${this.chunkSize}, of which ${counted} are counted`,
      );
    }
  }

  async end(): Promise<LifeReport> {
    this.backend.behave();
    await this.flush();
    await this.loseNumber();
    for (const cell of this.cells) {
      const excess = this.backend.arrivals.total(cell.name) - cell.recorded;
      this.report.excess += excess;
      if (excess !== (this.excess.get(cell) ?? 0)) {
        this.report.faults.push(`${cell.name}: ${excess} more arrived than were recorded`);
      }
    }
    return { ...this.report, unknownSends: this.store.unknownSends };
  }

  /** Right after a new stream has begun. True where more arrived under the last one than was booked as accepted. */
  private noteExcess(cell: RecordedCell): boolean {
    const snapshots = this.store.snapshot(this.registry.instanceMetrics(), task);
    const carriedOver = Number(snapshots.find(snapshot => cell.is(snapshot))?.value ?? 0);
    const accepted = cell.recorded - carriedOver;
    const excess = this.backend.arrivals.total(cell.name) - accepted;
    const before = this.excess.get(cell) ?? 0;
    this.excess.set(cell, excess);
    if (excess < before) {
      this.report.faults.push(`${cell.name}: ${before - excess} of what was booked never arrived`);
    }
    return excess > before;
  }

  /** The same monitor in smaller chunks. What it says of each cell is compared with what the backend has written. */
  private watched(monitor: Monitor): Monitor {
    return {
      chunkSize: this.chunkSize,
      send: async (cells, endTime, signal) => {
        this.backend.arrivals.beginSend();
        const result = await monitor.send(cells, endTime, signal);
        this.compare(cells, result);
        return result;
      },
      close: () => monitor.close(),
    };
  }

  private compare(cells: readonly Cell[], { rejected }: SendResult): void {
    for (const [index, cell] of cells.entries()) {
      const name = this.cells.find(recorded => recorded.is(cell))!.name;
      const outcome = rejected.find(rejection => rejection.index === index)?.outcome ?? 'accepted';
      const wasWritten = this.backend.arrivals.wasWritten(name);
      this.report.sureRejections += outcome === 'refused' || outcome === 'retry' ? 1 : 0;
      if (outcome !== 'unknown' && wasWritten !== (outcome === 'accepted')) {
        const what = wasWritten ? 'written' : 'not written';
        this.report.faults.push(`${name} is booked as ${outcome}, and was ${what}`);
      }
    }
  }
}
