import type { Monitor, SendResult } from '../monitors/monitor.js';
import type { Cell } from '../store/cell.js';

/**
 * What a {@link FakeMonitor} was sent in one call.
 *
 * @publicApi
 */
export interface SentCells {
  readonly cells: readonly Cell[];
  /** Whole microseconds since the epoch. */
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
  closed = false;

  /** What the next calls answer; by default everything is accepted. */
  answer: (cells: readonly Cell[], signal: AbortSignal) => SendResult | Promise<SendResult> =
    () => ({ rejected: [] });

  constructor(readonly chunkSize = 0) {}

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
