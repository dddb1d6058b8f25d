import type { Clock } from '../clock/clock.js';
import { Stopwatch } from '../clock/stopwatch.js';
import { nameOf, errorText, log } from '../log.js';
import type { Monitor } from '../monitors/monitor.js';
import type { Snapshots } from '../store/capture.js';
import { FlushSchedule } from './flush-schedule.js';
import type { FlushSettings } from './flush-settings.js';
import { Sender, type Sending, type SendObserver } from './sender.js';

/** Only the answers of the first monitor change the store. */
const NO_OBSERVER: SendObserver = {
  begin: () => undefined,
  answered: () => undefined,
  unanswered: () => undefined,
};

/**
 * Sends to a monitor beside the first one. After a failure the monitor is left out for 5, 10, 20 … 600 s, so that elected requests
 * do not wait for it each time.
 */
export class SecondaryMonitor {
  private readonly sender: Sender;
  private readonly schedule: FlushSchedule;
  /** Whether it lacks points that the first monitor has accepted. The next flush leaves out the cells that are quiet since. */
  private isBehind = false;

  constructor(
    private readonly monitor: Monitor,
    settings: Pick<FlushSettings, 'workers'>,
    private readonly clock: Clock,
  ) {
    this.sender = new Sender(monitor, settings, NO_OBSERVER);
    this.schedule = new FlushSchedule(clock, () => 0, 0);
  }

  /** Sends, unless the monitor is left out. The promise never rejects. */
  async send(snapshots: Snapshots, sending: Sending): Promise<void> {
    if (!this.schedule.isDue()) {
      this.isBehind = true;
      return;
    }
    const needsAll = this.isBehind || this.sender.everyPoint;
    const all = needsAll ? snapshots.everyCell?.() : undefined;
    try {
      const delivered = await this.attempt(all ?? snapshots, sending);
      this.isBehind = !delivered || (this.isBehind && all === undefined);
    } catch (error) {
      this.isBehind = true;
      this.schedule.failed();
      log.warn(`A monitor beside the first one failed: ${errorText(error)}`);
    }
  }

  /** @returns whether no cell is left to be sent. */
  private async attempt(snapshots: Snapshots, sending: Sending): Promise<boolean> {
    const begun = new Stopwatch(this.clock);
    const { unsent, refused, reasons } = await this.sender.send(snapshots, sending);
    if (unsent.length > 0) {
      this.schedule.failed();
    } else {
      this.schedule.succeeded(begun);
    }
    const rejected = unsent.length + refused.length;
    if (rejected > 0) {
      log.warn(
        `${rejected} of ${snapshots.length} cells were not accepted by ${nameOf(this.monitor)}: ${[...reasons].join(' ')}`,
      );
    }
    return unsent.length === 0;
  }
}
