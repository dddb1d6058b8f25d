import { FlushPipeline } from '../../../lib/flush/flush-pipeline.js';
import type { FlushOptions, FlushSettings } from '../../../lib/flush/flush-settings.js';
import { Flusher } from '../../../lib/flush/flusher.js';
import { HeldTaskNumber } from '../../../lib/flush/held-task-number.js';
import { NumberWait } from '../../../lib/flush/number-wait.js';
import { Sender } from '../../../lib/flush/sender.js';
import type { HttpOptions } from '../../../lib/http/server/http-options.js';
import type { MetricDeclaration } from '../../../lib/metrics/metric-declaration.js';
import { Registry } from '../../../lib/metrics/registry.js';
import type { Monitor, SendResult } from '../../../lib/monitors/monitor.js';
import { flushMetricsRecorder } from '../../../lib/self/flush-metrics.js';
import { billableBytes } from '../../../lib/store/billable-bytes.js';
import type { Cell } from '../../../lib/store/cell.js';
import { storeOf, type InMemoryStore } from '../../../lib/store/in-memory-store.js';
import { Task } from '../../../lib/targets/task.js';
import { DatastoreTaskNumAllocator } from '../../../lib/task-numbers/datastore/datastore-task-num-allocator.js';
import { NoTaskNumberError } from '../../../lib/task-numbers/task-num-allocator.js';
import type { ManualClock } from '../../../lib/testing/manual-clock.js';
import type { SeededRandom } from '../../support/seeded-random.js';
import type { CountedDatastore } from '../task-numbers/counted-datastore.js';
import { fillLibraryMetrics } from './library-metrics.js';
import { samplesOf } from './prices.js';
import { ShopMetrics } from './shop-metrics.js';

/** The options of the library that the simulation can change. */
export interface ShopOptions {
  readonly flush?: FlushOptions;
  readonly http?: HttpOptions;
  readonly runtimeStats?: boolean;
}

/** The default settings, and what the options change. A platform with requests is simulated. */
export function flushSettings({ flush }: ShopOptions): FlushSettings {
  return {
    mode: 'request',
    intervalSec: 60,
    timeoutSec: 5,
    workers: 4,
    quietSec: 240,
    ...flush,
  } as FlushSettings;
}

const HEARTBEAT_SEC = 300;
/** As many cells as Cloud Monitoring takes in a request. */
const CHUNK_SIZE = 200;
const task = new Task({ serviceName: 'shop', jobName: 'web', dataCenter: 'eu', hostName: 'v1' });
const never = new AbortController().signal;

/** What one instance has sent. */
export interface Sent {
  flushes: number;
  bytes: number;
  samples: number;
  /** What a client that sends every cell of the service with each flush would have sent. */
  bytesOfEveryCell: number;
  /** How often a request waited for an answer of Datastore or of the monitor. */
  roundTrips: number;
}

/** An instance of the sample service, with the library's own code up to the monitor, which accepts everything. */
export class ShopInstance {
  readonly allocator: DatastoreTaskNumAllocator;
  private readonly store: InMemoryStore;
  private readonly metrics: ShopMetrics;
  private readonly taskNumber: HeldTaskNumber;
  private readonly flusher: Flusher;
  private readonly receiver = new CountingMonitor();

  constructor(
    private readonly datastore: CountedDatastore,
    clock: ManualClock,
    instanceId: string,
    options: ShopOptions,
    private readonly sent: Sent,
  ) {
    const registry = new Registry();
    this.store = storeOf(registry);
    this.store.useClock(clock);
    fillLibraryMetrics(registry, options);
    this.metrics = new ShopMetrics(registry, options.http);
    this.allocator = new DatastoreTaskNumAllocator(datastore.connect(), { clock });
    this.taskNumber = new HeldTaskNumber(
      this.allocator,
      { task, instanceId, heartbeatSec: HEARTBEAT_SEC },
      clock,
      () => this.store.startStreams(),
    );
    const settings = flushSettings(options);
    const sender = new Sender(this.receiver, settings, this.store.sends);
    const pipeline = new FlushPipeline(registry, this.taskNumber, sender, settings, clock);
    registry.addCallback({ run: () => this.metrics.beforeFlush(), gauges: [] });
    this.flusher = new Flusher(pipeline, settings, new NumberWait('', clock), clock);
    const record = flushMetricsRecorder(registry);
    this.flusher.onReport(report => {
      if (report.outcome === 'sent') {
        this.noteFlush();
      }
      record(report);
    });
  }

  /** Claims a number, as at the start of an application. */
  async start(): Promise<void> {
    this.flusher.start();
    await this.taskNumber.renew(never).catch((error: unknown) => {
      if (!(error instanceof NoTaskNumberError)) {
        throw error;
      }
    });
  }

  /** Serves a request, which may be elected to flush. */
  async serve(random: SeededRandom): Promise<void> {
    const callsBefore = this.datastore.counted.calls;
    await this.flusher.electRequest();
    this.sent.roundTrips += this.datastore.counted.calls - callsBefore;
    this.metrics.serve(random);
  }

  async stop(): Promise<void> {
    await this.flusher.stop(5);
    await this.taskNumber.release(never);
  }

  /** The bytes of all cells of the service, sent or not. Another client has no metrics of this library. */
  get bytesOfAllCells(): number {
    let bytes = 0;
    for (const { metric, rows } of this.tables()) {
      bytes += rows.length * billableBytes(metric);
    }
    return bytes;
  }

  /** The samples of all cells of the service, as Managed Service for Prometheus bills them. */
  get samplesOfAllCells(): number {
    const metrics = Array.from(this.tables(), ({ metric }) => metric);
    return this.store.snapshot(metrics, task).reduce((sum, cell) => sum + samplesOf(cell), 0);
  }

  private *tables(): Generator<{ metric: MetricDeclaration; rows: Int32Array }> {
    for (const table of this.store.cellTables()) {
      if (!table.metric.name.startsWith('tsmon/')) {
        yield { metric: table.metric, rows: table.rows() };
      }
    }
  }

  private noteFlush(): void {
    const { sent, receiver } = this;
    sent.flushes += 1;
    sent.bytes += receiver.bytes;
    sent.samples += receiver.samples;
    sent.roundTrips += Math.ceil(receiver.calls / 4);
    sent.bytesOfEveryCell += this.bytesOfAllCells;
    receiver.reset();
  }
}

/** Accepts every cell. */
class CountingMonitor implements Monitor {
  readonly chunkSize = CHUNK_SIZE;
  bytes = 0;
  samples = 0;
  calls = 0;

  async send(cells: readonly Cell[]): Promise<SendResult> {
    this.calls += 1;
    for (const cell of cells) {
      this.bytes += billableBytes(cell.metric);
      this.samples += samplesOf(cell);
    }
    return { rejected: [] };
  }

  async close(): Promise<void> {}

  reset(): void {
    this.bytes = this.samples = this.calls = 0;
  }
}
