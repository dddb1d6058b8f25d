import type { Cell } from '../../store/cell.js';
import { TimeSlice } from '../../clock/time-slice.js';
import type { RejectedCell } from '../monitor.js';
import { BackwardWriter } from './backward-writer.js';
import { CellGroups, type Collection, type DataSet } from './cell-groups.js';
import { CellWriter, EndTime } from './cell-writer.js';
import { MetricImages } from './metric-image.js';
import { RootLabels } from './root-labels.js';

/** Cells as bytes. */
interface EncodedCells {
  /** A `MonitoringInsertRequest`; none where no cell can be written. */
  readonly request: Buffer | undefined;
  readonly rejected: readonly RejectedCell[];
  /** Says that nobody needs the bytes of `request` any more. To be called once; without it they stay as they are. */
  release(): void;
}

/** Ends now and then, for a look at the clock. */
type Steps<T> = Generator<void, T>;

const FIRST_CAPACITY = 64 * 1024;
/** Larger buffers are not kept. */
const KEPT_CAPACITY = 1024 * 1024;
const CELLS_PER_STEP = 128;
const BYTES_PER_STEP = 16 * 1024;

/** What it takes to encode. */
interface Desk {
  readonly writer: BackwardWriter;
  readonly cellWriter: CellWriter;
  readonly groups: CellGroups;
}

/** Encodes cells in LUCI's wire format. */
export class RequestEncoder {
  private readonly images: MetricImages;
  private readonly rootLabels = new RootLabels();
  private readonly spares: Desk[] = [];
  /** The encoded end time of the chunk before: mostly the next chunk has the same. */
  private endTime: EndTime | undefined;

  constructor(metricNamePrefix: string) {
    this.images = new MetricImages(metricNamePrefix);
  }

  /**
   * Encodes in one go what takes less than a slice.
   *
   * @param endTime whole microseconds since the epoch.
   * @throws RangeError when `endTime` is no such time.
   */
  async encode(
    cells: readonly Cell[],
    endTime: number,
    slice = new TimeSlice(),
  ): Promise<EncodedCells> {
    if (!Number.isSafeInteger(endTime)) {
      throw new RangeError(`endTime must be whole microseconds since the epoch, got ${endTime}.`);
    }
    const steps = this.encoding(cells, endTime);
    let step = steps.next();
    while (!step.done) {
      if (slice.isOver) {
        await slice.next();
      }
      step = steps.next();
    }
    return step.value;
  }

  private *encoding(cells: readonly Cell[], endTime: number): Steps<EncodedCells> {
    const desk = this.takeDesk(endTime);
    const { groups, writer } = desk;
    yield* group(cells, groups);
    const { collections, rejected } = groups;
    if (collections.size > 0) {
      yield* this.write([...collections.values()], desk);
    }
    return {
      request: collections.size > 0 ? writer.written() : undefined,
      rejected,
      release: () => this.release(desk),
    };
  }

  private release(desk: Desk): void {
    desk.groups.clear();
    if (desk.writer.capacity <= KEPT_CAPACITY) {
      desk.writer.clear();
      this.spares.push(desk);
    }
  }

  /** One of its own for each call: others may begin while this one lets other work go first, or is sent. */
  private takeDesk(endTime: number): Desk {
    const time = this.encodedTime(endTime);
    const desk = this.spares.pop() ?? this.newDesk(time);
    desk.cellWriter.endTime = time;
    return desk;
  }

  private newDesk(endTime: EndTime): Desk {
    const writer = new BackwardWriter(FIRST_CAPACITY);
    return {
      writer,
      cellWriter: new CellWriter(writer, endTime),
      groups: new CellGroups(this.images, this.rootLabels),
    };
  }

  private encodedTime(time: number): EndTime {
    if (this.endTime?.time !== time) {
      this.endTime = new EndTime(time);
    }
    return this.endTime;
  }

  private *write(collections: readonly Collection[], { writer, cellWriter }: Desk): Steps<void> {
    for (const { dataSets, rootLabels } of collections.toReversed()) {
      const before = writer.length;
      writer.raw(rootLabels);
      for (const dataSet of [...dataSets.values()].toReversed()) {
        yield* this.writeDataSet(dataSet, writer, cellWriter);
      }
      writer.delimit(1, before); // MetricsPayload.metrics_collection
    }
    writer.delimit(2, 0); // MonitoringInsertRequest.payload
  }

  private *writeDataSet(
    { cells, image }: DataSet,
    writer: BackwardWriter,
    cellWriter: CellWriter,
  ): Steps<void> {
    const before = writer.length;
    let nextStep = before;
    for (let i = cells.length - 1; i >= 0; i--) {
      if (writer.length >= nextStep) {
        nextStep = writer.length + BYTES_PER_STEP;
        yield;
      }
      const cell = cells[i]!;
      cellWriter.write(cell, cell.metric === image.metric ? image : this.images.of(cell.metric));
    }
    writer.raw(image.header);
    writer.delimit(1, before); // MetricsCollection.metrics_data_set
  }
}

function* group(cells: readonly Cell[], groups: CellGroups): Steps<void> {
  for (let i = 0; i < cells.length; i++) {
    if (i % CELLS_PER_STEP === 0) {
      yield;
    }
    groups.add(cells[i]!, i);
  }
}
