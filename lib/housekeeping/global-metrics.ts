import type { Clock } from '../clock/clock.js';
import { Deadline } from '../clock/deadline.js';
import type { FlushSettings } from '../flush/flush-settings.js';
import type { CellSender } from '../flush/sender.js';
import { log } from '../log.js';
import type { GlobalCallback, Registry } from '../metrics/registry.js';
import { storeOf } from '../store/in-memory-store.js';
import type { CellSnapshot } from '../store/snapshot.js';
import type { Task } from '../targets/task.js';
import type { GlobalMetricsReport } from './housekeeping-report.js';

const CALLBACK_TIMEOUT_MS = 10_000;
const LEASE_LOST = 'The housekeeping lease was lost; another run reports global metrics.';

/** Reports the metrics that describe the whole service, under the global target. */
export class GlobalMetrics {
  private unsent: readonly CellSnapshot[] = [];

  constructor(
    private readonly registry: Registry,
    private readonly sender: CellSender,
    private readonly target: Task,
    private readonly settings: Pick<FlushSettings, 'timeoutSec'>,
    private readonly clock: Clock,
  ) {}

  get hasWork(): boolean {
    return this.registry.globalCallbacks.size > 0 || this.unsent.length > 0;
  }

  /** The name of the report: the target and the names of the callbacks. Other services have other names. */
  get name(): string {
    return [this.target.key, ...[...this.registry.globalCallbacks.keys()].sort()].join(' ');
  }

  /** @param isHeld whether this run still holds the lease; called in the same step as each chunk is sent. */
  async report(isHeld: () => boolean): Promise<GlobalMetricsReport> {
    if (!isHeld()) {
      return { failedCallbacks: [], accepted: 0, rejected: 0, reasons: [LEASE_LOST] };
    }
    // Drops the cells that an earlier run could not send: another instance may have reported newer ones since.
    storeOf(this.registry).discard(this.unsent);
    this.unsent = [];
    const failedCallbacks = await this.runCallbacks();
    return { failedCallbacks, ...(await this.send(isHeld)) };
  }

  private async runCallbacks(): Promise<string[]> {
    const outcomes = await Promise.all(
      Array.from(this.registry.globalCallbacks, async ([name, callback]) => ({
        name,
        succeeded: await this.runCallback(name, callback),
      })),
    );
    return outcomes.filter(({ succeeded }) => !succeeded).map(({ name }) => name);
  }

  private async runCallback(name: string, callback: GlobalCallback): Promise<boolean> {
    const subject = `Global callback "${name}"`;
    try {
      await Deadline.run(this.clock, subject, CALLBACK_TIMEOUT_MS, deadline =>
        deadline.race(Promise.resolve(callback.run())),
      );
      return true;
    } catch (error) {
      log.error(`Global callback "${name}" failed.`, error);
      return false;
    }
  }

  private async send(isHeld: () => boolean): Promise<Omit<GlobalMetricsReport, 'failedCallbacks'>> {
    const store = storeOf(this.registry);
    const snapshots = store.snapshot(this.registry.globalMetrics(), this.target);
    const timeoutMs = this.settings.timeoutSec * 1000;
    const gate = (): string | undefined => (isHeld() ? undefined : LEASE_LOST);
    const delivery = await Deadline.run(
      this.clock,
      'Sending global metrics',
      timeoutMs,
      ({ signal }) => this.sender.send(snapshots, { endTime: store.timestamp(), gate, signal }),
    );
    this.unsent = [...delivery.unsent, ...delivery.refused];
    const unsent = new Set(this.unsent);
    store.discard(snapshots.filter(snapshot => !unsent.has(snapshot)));
    return {
      accepted: delivery.accepted,
      rejected: this.unsent.length,
      reasons: [...delivery.reasons],
    };
  }
}
