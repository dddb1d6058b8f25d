import type { Clock } from '../../clock/clock.js';
import { Turns } from '../../clock/turns.js';
import { errorMessage } from '../../log.js';
import type { Cell } from '../../store/cell.js';
import type { TimeSlice } from '../../clock/time-slice.js';
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
  /** One batch at a time is made: several would each take their slice of time, and together block the process. */
  private readonly turns = new Turns();

  /** @param clock what end times come from. */
  constructor(
    private readonly writer: TimeSeriesWriter,
    private readonly times: StreamTimes,
    private readonly log: OnceLog,
    private readonly clock: Clock,
  ) {}

  /** @throws the reason of the signal when it is aborted before the turn of these cells. */
  write(
    cells: readonly Cell[],
    endTime: number,
    projectId: string,
    signal: AbortSignal,
  ): Promise<WrittenBatch> {
    return this.turns.take(slice => this.writeNow(cells, endTime, projectId, slice), signal);
  }

  private async writeNow(
    cells: readonly Cell[],
    endTime: number,
    projectId: string,
    slice: TimeSlice,
  ): Promise<WrittenBatch> {
    const clockSetBack = reasonOfClockSetBack(endTime, this.clock);
    if (clockSetBack !== undefined) {
      return { batch: new SeriesBatch([], []), rejected: cellsToRetry(cells, clockSetBack) };
    }
    const series: string[] = [];
    const indexes: number[] = [];
    const rejected: RejectedCell[] = [];
    const request = {};
    for (const [index, cell] of cells.entries()) {
      if (slice.isOver) {
        await slice.next();
      }
      try {
        const json = this.json(cell, endTime, projectId, request);
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
