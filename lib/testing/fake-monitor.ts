import type { Monitor, RejectionOutcome, SendResult } from '../monitors/monitor.js';
import type { Cell } from '../store/cell.js';

/**
 * The cells of one call of {@link FakeMonitor.send}.
 *
 * @publicApi
 */
export interface SentCells {
  /** The cells, with their values at the time of the call. */
  readonly cells: readonly Cell[];
  /** The time of all values, in whole microseconds since the epoch. */
  readonly endTime: number;
}

/**
 * A monitor that keeps the cells that it is sent, and answers as the test says.
 *
 * @publicApi
 */
export class FakeMonitor implements Monitor {
  /** The name in messages. */
  readonly name: string = 'FakeMonitor';
  /** Tests see each flush whole. */
  readonly everyPoint: boolean = true;
  /** Tests see the exemplars. */
  readonly takesExemplars: boolean = true;
  /** All calls, also those that failed. */
  readonly calls: SentCells[] = [];
  /** True after the application has closed. */
  closed = false;

  /** Answers the next calls. By default it accepts all cells. {@link reject} and {@link accept} set it. */
  answer: (cells: readonly Cell[], signal: AbortSignal) => SendResult | Promise<SendResult> =
    () => ({ rejected: [] });

  /** Makes a monitor that accepts all cells. */
  constructor(
    /** The largest number of cells in one call; 0 means no limit. */
    readonly chunkSize = 0,
  ) {}

  /**
   * Rejects cells in the next calls, and accepts the others.
   *
   * ```ts
   * tsmon.monitor.reject('unknown'); // every cell, as if no answer came
   * tsmon.monitor.reject('refused', ({ metric }) => metric.name === 'shop/orders');
   * ```
   *
   * @param outcome the outcome of the rejected cells.
   * @param which the cells to reject; by default all.
   */
  reject(outcome: RejectionOutcome, which: (cell: Cell) => boolean = () => true): void {
    this.answer = cells => ({
      rejected: Array.from(cells.entries())
        .filter(([, cell]) => which(cell))
        .map(([index]) => ({ index, reason: `A FakeMonitor was told: ${outcome}.`, outcome })),
    });
  }

  /** Accepts all cells in the next calls, as at the start. */
  accept(): void {
    this.answer = () => ({ rejected: [] });
  }

  async send(cells: readonly Cell[], endTime: number, signal: AbortSignal): Promise<SendResult> {
    this.calls.push({ cells, endTime });
    return this.answer(cells, signal);
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  /** Returns the values of a metric, one for each cell and call, in the order in which they were sent. */
  valuesOf(metricName: string): unknown[] {
    return this.calls.flatMap(({ cells }) =>
      cells.filter(({ metric }) => metric.name === metricName).map(({ value }) => value),
    );
  }
}
