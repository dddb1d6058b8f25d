import type { FieldType, FieldValue } from '../../metrics/fields.js';
import { BackwardWriter } from './backward-writer.js';
import { NOTHING, type Piece } from './piece.js';

/** The tags of the values of a `MetricField`. */
const VALUE_TAG: Readonly<Record<FieldType, number>> = { string: 0x12, int: 0x18, bool: 0x20 };
const FIELD = 6;
const MOST_KEPT = 10_000;
const LONGEST_KEPT = 256;
/** Integers from 0 to below here are found in an array: most are status codes and small enumerations. */
const SMALL_INTEGERS = 1024;

/**
 * The values of a field, each as a `MetricField`. Most fields take few values, in many cells: the encoding of each is
 * kept, for cells to share.
 */
export interface FieldImage {
  pieceOf(value: FieldValue): Piece;
}

export function createFieldImage(name: string, type: FieldType): FieldImage {
  const head = headOf(name, type);
  switch (type) {
    case 'string':
      return new KeptPieces(head);
    case 'int':
      return new IntImage(head);
    case 'bool':
      return new BoolImage(head);
  }
}

class KeptPieces implements FieldImage {
  private readonly pieces = new Map<FieldValue, Piece>();
  private lastValue: FieldValue | undefined;
  private lastPiece = NOTHING;

  constructor(private readonly head: Piece) {}

  pieceOf(value: FieldValue): Piece {
    // Cells come in order: the next one often has the same value.
    if (value !== this.lastValue) {
      this.lastPiece = this.pieces.get(value) ?? this.encode(value);
      this.lastValue = value;
    }
    return this.lastPiece;
  }

  private encode(value: FieldValue): Piece {
    const piece = encoded(this.head, value);
    if (piece.length <= LONGEST_KEPT) {
      if (this.pieces.size >= MOST_KEPT) {
        this.pieces.clear(); // Most may be of cells that are gone.
      }
      this.pieces.set(value, piece);
    }
    return piece;
  }
}

class IntImage implements FieldImage {
  private readonly small: (Piece | undefined)[] = Array.from({ length: SMALL_INTEGERS });
  private readonly others: KeptPieces;

  constructor(private readonly head: Piece) {
    this.others = new KeptPieces(head);
  }

  pieceOf(value: FieldValue): Piece {
    const at = value as number;
    return at >= 0 && at < SMALL_INTEGERS
      ? (this.small[at] ??= encoded(this.head, at))
      : this.others.pieceOf(at);
  }
}

class BoolImage implements FieldImage {
  private readonly yes: Piece;
  private readonly no: Piece;

  constructor(head: Piece) {
    this.yes = encoded(head, true);
    this.no = encoded(head, false);
  }

  pieceOf(value: FieldValue): Piece {
    return value ? this.yes : this.no;
  }
}

/** What comes before the value: the name, and the tag of the value. */
function headOf(name: string, type: FieldType): Piece {
  const writer = new BackwardWriter(256);
  writer.byte(VALUE_TAG[type]);
  writer.string(name);
  writer.byte(0x0a); // name
  return writer.pieceOf();
}

function encoded(head: Piece, value: FieldValue): Piece {
  const writer = new BackwardWriter(256);
  if (typeof value === 'string') {
    writer.string(value);
  } else if (typeof value === 'number') {
    writer.int64(value);
  } else {
    writer.byte(value ? 1 : 0);
  }
  writer.piece(head);
  writer.delimit(FIELD, 0);
  return writer.pieceOf();
}
