import { systemClock, type Clock } from '../../clock/clock.js';
import { errorMessage } from '../../log.js';
import type { Cell } from '../../store/cell.js';
import { TimeSlice } from '../../clock/time-slice.js';
import type { OnceLog } from '../../seldom-log.js';
import type { RejectedCell } from '../monitor.js';
import { cellsToRetry } from './cells-to-retry.js';
import { reasonOfClockSetBack } from './clock-set-back.js';
import { SeriesBatch } from './series-batch.js';
import {
  SPACING_MICROS,
  type PointTimes,
  type StreamObstacle,
  type StreamTimes,
} from './stream-times.js';
import type { TimeSeriesWriter } from './time-series.js';

/** A batch, and the cells that could not be put into it. */
interface WrittenBatch {
  readonly batch: SeriesBatch;
  readonly rejected: readonly RejectedCell[];
}

/** Turns cells into batches. */
export class BatchWriter {
  private readonly slice = new TimeSlice();
  private lastTurn: Promise<unknown> = Promise.resolve();
  /** The clock that the end times of flushes come from. */
  clock: Clock = systemClock;

  constructor(
    private readonly writer: TimeSeriesWriter,
    private readonly times: StreamTimes,
    private readonly log: OnceLog,
  ) {}

  /** Writes the cells from index `from` up to, but not including, `to`. */
  write(
    cells: readonly Cell[],
    from: number,
    to: number,
    endTime: number,
    projectId: string,
  ): Promise<WrittenBatch> {
    // Only one call writes at a time. Each has a time slice, and the slices of several calls would add up to a long block.
    const turn = this.lastTurn.then(() => this.writeNow(cells, from, to, endTime, projectId));
    this.lastTurn = turn.catch(() => undefined);
    return turn;
  }

  private async writeNow(
    cells: readonly Cell[],
    from: number,
    to: number,
    endTime: number,
    projectId: string,
  ): Promise<WrittenBatch> {
    const clockSetBack = reasonOfClockSetBack(endTime, this.clock);
    if (clockSetBack !== undefined) {
      return { batch: new SeriesBatch([], []), rejected: cellsToRetry(from, to, clockSetBack) };
    }
    const series: string[] = [];
    const indexes: number[] = [];
    const rejected: RejectedCell[] = [];
    const request = {};
    for (let index = from; index < to; index++) {
      if (this.slice.isOver) {
        await this.slice.next();
      }
      try {
        const json = this.json(cells[index]!, endTime, projectId, request);
        series.push(json);
        indexes.push(index);
      } catch (error) {
        rejected.push({
          index,
          reason: errorMessage(error),
          outcome: error instanceof TooEarlyError ? 'retry' : 'refused',
        });
      }
    }
    return { batch: new SeriesBatch(series, indexes), rejected };
  }

  private json(cell: Cell, endTime: number, projectId: string, request: object): string {
    const series = this.writer.seriesOf(cell, projectId);
    const times = this.times.claim(series.stream, cell, endTime, request);
    return this.writer.json(series, this.granted(times, cell));
  }

  private granted(times: PointTimes | StreamObstacle, cell: Cell): PointTimes {
    if ('end' in times) {
      return times;
    }
    if ('tooEarly' in times) {
      throw new TooEarlyError(
        `Cloud Monitoring takes a point of a stream every ${SPACING_MICROS / 1e6} s. Flush less often.`,
      );
    }
    const message = `Two cells of metric "${cell.metric.name}" are one stream in Cloud Monitoring, and only the first is written: their field values or targets differ only in what was cut, or a cell was sent twice.`;
    this.log.warnOnce(message);
    throw new RangeError(message);
  }
}

class TooEarlyError extends Error {}
