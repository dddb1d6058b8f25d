import { Piece } from './piece.js';
import {
  LONGEST_HEAD,
  LONGEST_VARINT,
  putByte,
  putHead,
  putInt64,
  putPiece,
  putVarint,
} from './put.js';

/** What is longer is left to native code, which is fast once it runs, but slow to call. */
const LONGEST_LOOPED = 64;

function viewOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}

/**
 * Writes protobuf from the end to the beginning: what is written first comes last. So the length of a message is
 * known when it must be written, which is after its content and therefore before it.
 */
export class BackwardWriter {
  private bytes: Buffer;
  /** A view of all of the memory, for callers that put bytes there themselves. Replaced when the memory grows. */
  view: DataView;
  /** The place of the first byte; all bytes from there on are written. A caller that puts bytes before it must move it. */
  position: number;

  /** @param capacity how many bytes it has room for at first. */
  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafe(capacity);
    this.view = viewOf(this.bytes);
    this.position = capacity;
  }

  /** How many bytes are written. */
  get length(): number {
    return this.bytes.length - this.position;
  }

  get capacity(): number {
    return this.bytes.length;
  }

  /** What was written, not copied: it lasts until {@link clear}. */
  written(): Buffer {
    return this.bytes.subarray(this.position);
  }

  copyOfBytes(): Buffer {
    return Buffer.from(this.written());
  }

  /** What was written since the writer had `length` bytes, for writing it again. */
  pieceOf(length = 0): Piece {
    return new Piece(this.bytes.subarray(this.position, this.bytes.length - length));
  }

  clear(): void {
    this.position = this.bytes.length;
  }

  /** Makes sure that there is room for so many bytes before the first one. */
  reserve(size: number): void {
    if (this.position < size) {
      this.grow(size);
    }
  }

  byte(value: number): void {
    this.reserve(1);
    this.position = putByte(this.view, this.position, value);
  }

  raw(source: Uint8Array): void {
    const { length } = source;
    this.reserve(length);
    const start = (this.position -= length);
    this.bytes.set(source, start);
  }

  zeros(count: number): void {
    this.reserve(count);
    for (let i = 0; i < count; i++) {
      this.bytes[--this.position] = 0;
    }
  }

  /** What was written before, and is written often. */
  piece(piece: Piece): void {
    this.reserve(piece.room);
    this.position = putPiece(this.view, this.position, piece);
  }

  /** @param value a safe integer that is not negative. */
  varint(value: number): void {
    this.reserve(LONGEST_VARINT);
    this.position = putVarint(this.view, this.position, value);
  }

  /** @param value a safe integer. */
  int64(value: number): void {
    this.reserve(LONGEST_VARINT);
    this.position = putInt64(this.view, this.position, value);
  }

  double(value: number): void {
    this.reserve(8);
    this.position -= 8;
    this.view.setFloat64(this.position, value, true);
  }

  /** The text, after its length. */
  string(text: string): void {
    const before = this.length;
    this.text(text);
    this.varint(this.length - before);
  }

  /** Makes a message, or packed values, of the bytes that were written since the writer had `length` bytes. */
  delimit(field: number, length: number): void {
    this.reserve(LONGEST_HEAD);
    this.position = putHead(this.view, this.position, field, this.length - length);
  }

  private text(text: string): void {
    const { length } = text;
    if (length > LONGEST_LOOPED) {
      this.encodedText(text);
      return;
    }
    this.reserve(length);
    const start = this.position - length;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) {
        this.encodedText(text);
        return;
      }
      this.bytes[start + i] = code;
    }
    this.position = start;
  }

  private encodedText(text: string): void {
    const size = Buffer.byteLength(text);
    this.reserve(size);
    this.position -= size;
    this.bytes.write(text, this.position, size, 'utf8');
  }

  private grow(size: number): void {
    const { length } = this;
    const bytes = Buffer.allocUnsafeSlow(Math.max(2 * this.bytes.length, length + size));
    const position = bytes.length - length;
    this.bytes.copy(bytes, position, this.position);
    this.bytes = bytes;
    this.view = viewOf(bytes);
    this.position = position;
  }
}
