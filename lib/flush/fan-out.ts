import type { Snapshots } from '../store/capture.js';
import type { CellSender, Delivery, SendGate } from './sender.js';
import type { SecondaryMonitor } from './secondary-monitor.js';

/** Sends to several monitors at once. What the first one accepts counts as accepted; the others change nothing. */
export class FanOut implements CellSender {
  constructor(
    private readonly first: CellSender,
    private readonly others: readonly SecondaryMonitor[],
  ) {}

  async send(
    snapshots: Snapshots,
    endTime: number,
    gate: SendGate,
    signal: AbortSignal,
  ): Promise<Delivery> {
    const [delivery] = await Promise.all([
      this.first.send(snapshots, endTime, gate, signal),
      ...this.others.map(other => other.send(snapshots, endTime, gate, signal)),
    ]);
    return delivery;
  }
}
