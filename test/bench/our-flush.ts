import { Sender } from '../../lib/flush/sender.js';
import type { Registry } from '../../lib/metrics/registry.js';
import type { Monitor } from '../../lib/monitors/monitor.js';
import type { Snapshots } from '../../lib/store/capture.js';
import { storeOf, type InMemoryStore } from '../../lib/store/in-memory-store.js';
import { Task } from '../../lib/targets/task.js';

const WORKERS = 4;
const MINUTE_MICROS = 60_000_000;
/** How long ago a quiet cell may have been accepted, with the default settings. */
const QUIET_MS = 180_000;
const target = new Task({
  serviceName: 'my-shop',
  jobName: 'checkout',
  dataCenter: 'europe-west1',
  hostName: 'v1',
  taskNum: 3,
});
const never = new AbortController().signal;

/** The flush of an application, without heartbeat and callbacks: snapshot, sending in chunks, acknowledgement. */
export class OurFlush {
  private readonly store: InMemoryStore;
  private readonly sender: Sender;
  private endTime = 0;

  constructor(
    private readonly registry: Registry,
    monitor: Monitor,
  ) {
    this.store = storeOf(registry);
    this.sender = new Sender(monitor, { workers: WORKERS }, this.store.sends);
  }

  /** The time of the last flush, in milliseconds since the epoch. */
  now(): number {
    return this.endTime / 1000;
  }

  /**
   * Flushes as if a minute had passed since the last flush.
   *
   * @throws Error unless so many cells were accepted.
   */
  async run(cells: number): Promise<void> {
    const all = this.store.capture(this.registry.instanceMetrics(), target);
    await this.send(all, cells);
  }

  /**
   * The same for the cells that are not quiet.
   *
   * @throws Error unless so many cells were accepted.
   */
  async runDue(cells: number): Promise<void> {
    const due = this.store.captureDue(this.registry.instanceMetrics(), target, QUIET_MS);
    await this.send(due, cells);
  }

  private async send(snapshots: Snapshots, cells: number): Promise<void> {
    this.endTime = Math.max(this.store.timestamp(), this.endTime + MINUTE_MICROS);
    const { endTime } = this;
    const sending = { endTime, gate: () => undefined, signal: never };
    const { accepted, reasons } = await this.sender.send(snapshots, sending);
    if (accepted !== cells) {
      throw new Error(`${accepted} of ${cells} cells were accepted: ${[...reasons].join(', ')}`);
    }
  }
}
