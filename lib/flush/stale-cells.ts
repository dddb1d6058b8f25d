import type { FlushCallback, Registry } from '../metrics/registry.js';
import { storeOf } from '../store/in-memory-store.js';
import type { MetricCells } from '../store/metric-cells.js';
import type { SetWatch } from '../store/recorded-cells.js';

/** The cells of gauges that the callbacks of one run should set, and do not set. */
export class StaleCells {
  private readonly watches = new Map<MetricCells, SetWatch>();

  /** Create it before the callbacks begin. */
  constructor(
    private readonly registry: Pick<Registry, 'store'>,
    callbacks: readonly FlushCallback[],
  ) {
    for (const cells of callbacks.flatMap(callback => this.cellsOf(callback))) {
      if (!this.watches.has(cells)) {
        this.watches.set(cells, cells.watchSets());
      }
    }
  }

  /** Keeps all cells of the gauges of a callback: it failed, so they may not be stale. */
  keepCellsOf(callback: FlushCallback): void {
    for (const cells of this.cellsOf(callback)) {
      this.watches.get(cells)?.end();
      this.watches.delete(cells);
    }
  }

  /** Call it after all callbacks have ended. */
  delete(): void {
    this.watches.forEach(watch => watch.endAndDeleteOthers());
    this.watches.clear();
  }

  private cellsOf({ gauges }: FlushCallback): MetricCells[] {
    return gauges.map(gauge => storeOf(this.registry).open(gauge));
  }
}
