import { setImmediate } from 'node:timers/promises';
import type { Monitor, SendResult } from '../../lib/monitors/monitor.js';

/** Accepts every cell at once, though not in the same turn of the event loop. */
export class AcceptingMonitor implements Monitor {
  readonly chunkSize = 500;
  private turn: Promise<void> | undefined;

  async send(): Promise<SendResult> {
    await this.nextTurn();
    return { rejected: [] };
  }

  async close(): Promise<void> {}

  /** One timer for all that wait: with one each, what is done would be kept alive by the next one. */
  private nextTurn(): Promise<void> {
    this.turn ??= setImmediate().then(() => {
      this.turn = undefined;
    });
    return this.turn;
  }
}
