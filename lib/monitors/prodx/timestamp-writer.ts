import { BackwardWriter, NOTHING, type Piece } from './backward-writer.js';

const MICROS_PER_SECOND = 1_000_000;
const NANOS_PER_MICRO = 1000;

/** Writes times as `Timestamp`. Those of cells that were made together differ in the microseconds only. */
export class TimestampWriter {
  private lastSeconds = Number.NaN;
  private secondsPiece: Piece = NOTHING;

  constructor(
    private readonly writer: BackwardWriter,
    private readonly field: number,
  ) {}

  /** @param time whole microseconds since the epoch. */
  write(time: number): void {
    const { writer } = this;
    const before = writer.length;
    const seconds = Math.floor(time / MICROS_PER_SECOND);
    const nanos = (time - seconds * MICROS_PER_SECOND) * NANOS_PER_MICRO;
    // proto3: zeros are left out.
    if (nanos !== 0) {
      writer.varint(nanos);
      writer.byte(0x10); // nanos
    }
    if (seconds !== this.lastSeconds) {
      this.lastSeconds = seconds;
      this.secondsPiece = encodedSeconds(seconds);
    }
    writer.piece(this.secondsPiece);
    writer.delimit(this.field, before);
  }
}

function encodedSeconds(seconds: number): Piece {
  const writer = new BackwardWriter(16);
  if (seconds !== 0) {
    writer.int64(seconds);
    writer.byte(0x08); // seconds
  }
  return writer.pieceOf();
}
