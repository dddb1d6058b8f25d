import { setImmediate } from 'node:timers/promises';
import { Sender } from '../../lib/flush/sender.js';
import type { Registry } from '../../lib/metrics/registry.js';
import type { Monitor } from '../../lib/monitors/monitor.js';
import { storeOf, type InMemoryStore } from '../../lib/store/in-memory-store.js';
import { Task } from '../../lib/targets/task.js';

const WORKERS = 4;
const target = new Task({
  serviceName: 'my-shop',
  jobName: 'checkout',
  hostName: 'v1',
  taskNum: 3,
});
const never = new AbortController().signal;

/**
 * A flush but for its monitor: snapshot, chunks, acknowledge. The monitor accepts every cell at once, though not in the
 * same turn of the event loop.
 */
export class BareFlush {
  private readonly store: InMemoryStore;
  private readonly sender: Sender;
  private taken = 0;
  private turn: Promise<void> | undefined;

  constructor(private readonly registry: Registry) {
    this.store = storeOf(registry);
    this.sender = new Sender(this.monitor(), { workers: WORKERS }, this.store.sends);
  }

  /** @throws Error unless so many cells were handed to the monitor, and accepted. */
  async run(cells: number): Promise<void> {
    this.taken = 0;
    const snapshots = this.store.capture(this.registry.instanceMetrics(), target);
    const endTime = this.store.timestamp();
    const { accepted, reasons } = await this.sender.send(
      snapshots,
      endTime,
      () => undefined,
      never,
    );
    if (accepted !== cells || this.taken !== cells) {
      const became = `${this.taken} were sent, and ${accepted} accepted`;
      throw new Error(`Of ${cells} cells ${became}: ${[...reasons].join(', ')}`);
    }
  }

  /** One timer for all that wait: with one each, what is done would be kept alive by the next one. */
  private nextTurn(): Promise<void> {
    this.turn ??= setImmediate().then(() => {
      this.turn = undefined;
    });
    return this.turn;
  }

  private monitor(): Monitor {
    return {
      chunkSize: 500,
      send: async cells => {
        this.taken += cells.length;
        await this.nextTurn();
        return { rejected: [] };
      },
      close: async () => {},
    };
  }
}
