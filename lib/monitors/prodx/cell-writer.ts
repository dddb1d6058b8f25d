import type { Distribution } from '../../metrics/distribution.js';
import type { FieldValue } from '../../metrics/fields.js';
import type { CellValue, ValueType } from '../../metrics/metric-declaration.js';
import type { Cell } from '../../store/cell.js';
import { BackwardWriter } from './backward-writer.js';
import { DistributionWriter } from './distribution-writer.js';
import type { MetricImage } from './metric-image.js';
import type { Piece } from './piece.js';
import { putPiece } from './put.js';
import { TimestampWriter } from './timestamp-writer.js';

const START = 7;
const END = 8;

/** The time of all values, as it stands in a `MetricsData`. */
export class EndTime {
  readonly end: Piece;
  /** Gauges have no start time of their own. */
  readonly endAsStart: Piece;

  /** @param time whole microseconds since the epoch. */
  constructor(readonly time: number) {
    this.end = timestamp(END, time);
    this.endAsStart = timestamp(START, time);
  }
}

/** Writes cells as `MetricsData`. */
export class CellWriter {
  private readonly starts: TimestampWriter;
  private readonly distributions: DistributionWriter;

  /** @param endTime the end time of the first cells. */
  constructor(
    private readonly writer: BackwardWriter,
    public endTime: EndTime,
  ) {
    this.starts = new TimestampWriter(writer, START);
    this.distributions = new DistributionWriter(writer);
  }

  write({ fieldValues, resetTime, value }: Cell, image: MetricImage): void {
    const { writer } = this;
    const before = writer.length;
    writer.piece(this.endTime.end);
    if (image.cumulative) {
      this.starts.write(resetTime);
    } else {
      writer.piece(this.endTime.endAsStart);
    }
    this.writeFields(fieldValues, image);
    if (image.valueType === 'distribution') {
      this.distributions.write(value as Distribution);
    } else {
      writeValue(writer, image.valueType, value);
    }
    writer.delimit(7, before); // MetricsDataSet.data
  }

  private writeFields(values: readonly FieldValue[], { fields }: MetricImage): void {
    const { writer } = this;
    let { view, position: at } = writer;
    for (let i = values.length - 1; i >= 0; i--) {
      const piece = fields[i]!.pieceOf(values[i]!);
      if (at < piece.room) {
        writer.position = at;
        writer.reserve(piece.room);
        ({ view, position: at } = writer);
      }
      at = putPiece(view, at, piece);
    }
    writer.position = at;
  }
}

function timestamp(field: number, time: number): Piece {
  const writer = new BackwardWriter(64);
  new TimestampWriter(writer, field).write(time);
  return writer.pieceOf();
}

function writeValue(
  writer: BackwardWriter,
  type: Exclude<ValueType, 'distribution'>,
  value: CellValue,
): void {
  switch (type) {
    case 'int':
      writer.int64(value as number);
      writer.byte(0x18); // int64_value
      break;
    case 'float':
      writer.double(value as number);
      writer.byte(0x21); // double_value
      break;
    case 'string':
      writer.string(value as string);
      writer.byte(0x12); // string_value
      break;
    case 'bool':
      writer.byte(value ? 1 : 0);
      writer.byte(0x08); // bool_value
      break;
  }
}
