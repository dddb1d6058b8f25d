import type { Clock } from '../../clock/clock.js';
import { WorkQueue } from '../../clock/work-queue.js';
import { errorMessage } from '../../log.js';
import type { Cell } from '../../store/cell.js';
import type { TimeSlice } from '../../clock/time-slice.js';
import type { OnceLog } from '../../seldom-log.js';
import type { RejectedCell } from '../monitor.js';
import { rejectRest } from '../reject-rest.js';
import { reasonOfClockSetBack } from './clock-set-back.js';
import { BufferPool } from './buffer-pool.js';
import type { JsonBytes } from './json-bytes.js';
import { BODY_BEGIN, BODY_END, SeriesBatch } from './series-batch.js';
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
  /** Gives the memory of the body to later batches. Call it only when nothing reads the body any more. */
  free(): void;
}

/** The number of cells that are written between two checks of the time slice. */
const CELLS_PER_STEP = 16;
const EMPTY = Buffer.alloc(0);

/** Turns cells into batches. */
export class BatchWriter {
  /** One batch at a time is made: several would each take their slice of time, and together block the process. */
  private readonly queue = new WorkQueue();
  private readonly buffers = new BufferPool();

  /** @param clock the clock that end times come from. */
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
    return this.queue.run(slice => this.writeNow(cells, endTime, projectId, slice), signal);
  }

  private async writeNow(
    cells: readonly Cell[],
    endTime: number,
    projectId: string,
    slice: TimeSlice,
  ): Promise<WrittenBatch> {
    const clockSetBack = reasonOfClockSetBack(endTime, this.clock);
    if (clockSetBack !== undefined) {
      return {
        batch: new SeriesBatch(EMPTY, [], []),
        rejected: rejectRest(cells, [], clockSetBack, 'retry'),
        free: () => {},
      };
    }
    const json = this.buffers.take();
    const indexes: number[] = [];
    const bounds: number[] = [];
    const rejected: RejectedCell[] = [];
    const request = {};
    json.raw(BODY_BEGIN);
    for (let index = 0; index < cells.length; index++) {
      if (index % CELLS_PER_STEP === 0 && slice.isOver) {
        await slice.next();
      }
      const written = json.length;
      try {
        if (indexes.length > 0) {
          json.ascii(',');
        }
        const from = json.length;
        this.writeSeries(json, cells[index]!, endTime, projectId, request);
        indexes.push(index);
        bounds.push(from, json.length);
      } catch (error) {
        json.truncate(written);
        rejected.push({
          index,
          reason: errorMessage(error),
          outcome: error instanceof TooEarlyError ? 'retry' : 'refused',
        });
      }
    }
    json.raw(BODY_END);
    return {
      batch: new SeriesBatch(json.bytes, indexes, bounds),
      rejected,
      free: () => this.buffers.giveBack(json),
    };
  }

  private writeSeries(
    json: JsonBytes,
    cell: Cell,
    endTime: number,
    projectId: string,
    request: object,
  ): void {
    const stream = this.writer.begin(json, cell, projectId);
    const times = this.times.reserve(stream, cell, endTime, request);
    this.writer.end(json, cell, this.granted(times, cell), projectId);
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
