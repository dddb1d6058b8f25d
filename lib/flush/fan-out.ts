import type { Snapshots } from '../store/capture.js';
import type { CellSender, Delivery, Sending } from './sender.js';
import type { SecondaryMonitor } from './secondary-monitor.js';

/** Sends to several monitors at once. A cell counts as accepted when the first monitor accepts it. */
export class FanOut implements CellSender {
  constructor(
    private readonly first: CellSender,
    private readonly others: readonly SecondaryMonitor[],
  ) {}

  get everyPoint(): boolean {
    return this.first.everyPoint;
  }

  async send(snapshots: Snapshots, sending: Sending): Promise<Delivery> {
    const [delivery] = await Promise.all([
      this.first.send(snapshots, sending),
      ...this.others.map(other => other.send(snapshots, sending)),
    ]);
    return delivery;
  }
}
