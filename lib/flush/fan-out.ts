import type { Snapshots } from '../store/capture.js';
import type { CellSender, Delivery, Obstacle } from './sender.js';
import type { SideSender } from './side-sender.js';

/** Sends to several monitors at once. What the first one accepts counts as accepted; the others change nothing. */
export class FanOut implements CellSender {
  constructor(
    private readonly first: CellSender,
    private readonly others: readonly SideSender[],
  ) {}

  async send(
    snapshots: Snapshots,
    endTime: number,
    obstacle: Obstacle,
    signal: AbortSignal,
  ): Promise<Delivery> {
    const [delivery] = await Promise.all([
      this.first.send(snapshots, endTime, obstacle, signal),
      ...this.others.map(other => other.send(snapshots, endTime, obstacle, signal)),
    ]);
    return delivery;
  }
}
