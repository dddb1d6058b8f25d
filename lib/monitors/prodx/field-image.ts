import type { FieldType, FieldValue } from '../../metrics/fields.js';
import { BackwardWriter, type Piece } from './backward-writer.js';

/** The tags of the values of a `MetricField`. */
const VALUE_TAG: Readonly<Record<FieldType, number>> = { string: 0x12, int: 0x18, bool: 0x20 };
const FIELD = 6;
const MOST_KEPT_VALUES = 10_000;
const LONGEST_KEPT_VALUE = 256;

/**
 * Writes the values of a field as `MetricField`. Most fields take few values, in many cells: the encoding of
 * each is kept, for cells to share.
 */
export class FieldImage {
  private readonly kept = new Map<FieldValue, Piece>();
  private lastValue: FieldValue | undefined;
  private lastEncoded: Piece | undefined;
  /** What comes before the value: the name, and the tag of the value. */
  private readonly head: Piece;

  constructor(name: string, type: FieldType) {
    const writer = new BackwardWriter(256);
    writer.byte(VALUE_TAG[type]);
    writer.string(name);
    writer.byte(0x0a); // name
    this.head = writer.pieceOf();
  }

  write(writer: BackwardWriter, value: FieldValue): void {
    // Cells come in order: the next one often has the same value.
    const encoded = value === this.lastValue ? this.lastEncoded : this.kept.get(value);
    if (!encoded) {
      this.encode(writer, value);
      return;
    }
    this.lastValue = value;
    this.lastEncoded = encoded;
    writer.piece(encoded);
  }

  private encode(writer: BackwardWriter, value: FieldValue): void {
    const before = writer.length;
    if (typeof value === 'string') {
      writer.string(value);
    } else if (typeof value === 'number') {
      writer.int64(value);
    } else {
      writer.byte(value ? 1 : 0);
    }
    writer.piece(this.head);
    writer.delimit(FIELD, before);
    const length = writer.length - before;
    if (length <= LONGEST_KEPT_VALUE) {
      if (this.kept.size >= MOST_KEPT_VALUES) {
        this.kept.clear(); // Most may be of cells that are gone.
      }
      this.kept.set(value, writer.pieceOf(before));
    }
  }
}
