import { systemClock } from '../../../lib/clock/clock.js';
import type { MetricSource } from '../../../lib/sources/metric-source.js';
import { SourceReader } from '../../../lib/sources/source-reader.js';
import { storeOf, type InMemoryStore } from '../../../lib/store/in-memory-store.js';
import { Task } from '../../../lib/targets/task.js';
import { roomyRegistry } from '../roomy-registry.js';

const TIMEOUT_MS = 5000;
const target = new Task({ serviceName: 'my-shop', jobName: 'checkout' });

/** Reads a source into cells, as a flush does before it takes its snapshot. */
export class SourceCellsReader {
  private readonly store: InMemoryStore;
  private readonly reader: SourceReader;

  constructor(
    source: MetricSource,
    private readonly cells: number,
  ) {
    this.store = storeOf(roomyRegistry(cells));
    this.reader = new SourceReader([source], this.store, systemClock);
  }

  async read(): Promise<void> {
    await this.reader.read(TIMEOUT_MS);
  }

  /** @throws Error unless there are so many cells, and as much is in them as was recorded. */
  check(recorded: number): void {
    const cells = this.store.snapshot(this.store.sourceMetrics(), target);
    const sum = cells.reduce<number>((all, { value }) => all + countOf(value), 0);
    if (cells.length !== this.cells || sum !== recorded) {
      throw new Error(`${cells.length} cells of ${this.cells} hold ${sum} of ${recorded}.`);
    }
  }
}

function countOf(value: unknown): number {
  return typeof value === 'number' ? value : (value as { count: number }).count;
}
