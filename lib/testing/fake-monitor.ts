import type { Monitor, RejectionOutcome, SendResult } from '../monitors/monitor.js';
import type { Cell } from '../store/cell.js';

/**
 * What a {@link FakeMonitor} was sent in one call.
 *
 * @publicApi
 */
export interface SentCells {
  /** As they were at that moment. */
  readonly cells: readonly Cell[];
  /** The time of all values. Whole microseconds since the epoch. */
  readonly endTime: number;
}

/**
 * A monitor that keeps what it is sent, and answers as it is told.
 *
 * @publicApi
 */
export class FakeMonitor implements Monitor {
  /** Every call, also those that failed. */
  readonly calls: SentCells[] = [];
  /** True once the application has ended. */
  closed = false;

  /** What the next calls answer; by default everything is accepted. {@link reject} and {@link accept} set it. */
  answer: (cells: readonly Cell[], signal: AbortSignal) => SendResult | Promise<SendResult> =
    () => ({ rejected: [] });

  /** A monitor that accepts everything, until {@link answer} says something else. */
  constructor(
    /** How many cells it takes at a time; 0 means any number. */
    readonly chunkSize = 0,
  ) {}

  /**
   * Rejects cells in the next calls, and accepts the others.
   *
   * ```ts
   * tsmon.monitor.reject('unknown'); // every cell, as where no answer comes
   * tsmon.monitor.reject('refused', ({ metric }) => metric.name === 'shop/orders');
   * ```
   *
   * @param outcome what becomes of the cells that are rejected.
   * @param which the cells to reject; by default all.
   */
  reject(outcome: RejectionOutcome, which: (cell: Cell) => boolean = () => true): void {
    this.answer = cells => ({
      rejected: Array.from(cells.entries())
        .filter(([, cell]) => which(cell))
        .map(([index]) => ({ index, reason: `A FakeMonitor was told: ${outcome}.`, outcome })),
    });
  }

  /** Accepts everything in the next calls, as at the beginning. */
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

  /** The values sent of a metric, one a cell and call, in the order in which they were sent. */
  valuesOf(metricName: string): unknown[] {
    return this.calls.flatMap(({ cells }) =>
      cells.filter(({ metric }) => metric.name === metricName).map(({ value }) => value),
    );
  }
}
