import { BackwardWriter } from './backward-writer.js';
import { NOTHING, type Piece } from './piece.js';
import { putByte, putHead, putPiece, putVarint } from './put.js';

const MICROS_PER_SECOND = 1_000_000;
const NANOS_PER_MICRO = 1000;
/** Room for a `Timestamp`. */
const MOST_BYTES = 32;

/** Writes times as `Timestamp`. Times of cells that were made together differ in the microseconds only. */
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
    const seconds = Math.floor(time / MICROS_PER_SECOND);
    const nanos = (time - seconds * MICROS_PER_SECOND) * NANOS_PER_MICRO;
    if (seconds !== this.lastSeconds) {
      this.lastSeconds = seconds;
      this.secondsPiece = encodedSeconds(seconds);
    }
    writer.reserve(MOST_BYTES);
    const { view, position: end } = writer;
    let at = end;
    // proto3: zeros are left out.
    if (nanos !== 0) {
      at = putByte(view, putVarint(view, at, nanos), 0x10); // nanos
    }
    at = putPiece(view, at, this.secondsPiece);
    writer.position = putHead(view, at, this.field, end - at);
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
