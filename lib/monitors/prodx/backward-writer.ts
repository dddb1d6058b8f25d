/** What is longer is left to native code, which is fast once it runs, but slow to call. */
const LONGEST_LOOPED = 64;
const LONGEST_VARINT = 10;
const BYTES_PER_WORD = 4;
const TWO_TO_32 = 2 ** 32;

const DELIMITED = 2;

/**
 * Some bytes, to be copied a word at a time: for so few that is faster than native code, which is slow to call. The
 * last word comes first, and the last one is filled up; a writer that goes backward overwrites that with what
 * comes next.
 */
export class Piece {
  readonly words: number[] = [];
  readonly length: number;

  constructor(bytes: Uint8Array) {
    this.length = bytes.length;
    for (let end = bytes.length; end > 0; end -= BYTES_PER_WORD) {
      let word = 0;
      for (let at = end - 1; at >= Math.max(0, end - BYTES_PER_WORD); at--) {
        word |= bytes[at]! << (8 * (BYTES_PER_WORD - end + at));
      }
      this.words.push(word);
    }
  }
}

/** No bytes. */
export const NOTHING = new Piece(new Uint8Array(0));

function viewOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}

/**
 * Writes protobuf from the end to the beginning: what is written first comes last. So the length of a message is
 * known when it must be written, which is after its content and therefore before it.
 */
export class BackwardWriter {
  private bytes: Buffer;
  private view: DataView;
  /** Where the first byte is; all bytes from there on are written. */
  private position: number;

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

  byte(value: number): void {
    this.reserve(1);
    this.bytes[--this.position] = value;
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
  piece({ words, length }: Piece): void {
    this.reserve(BYTES_PER_WORD * words.length);
    const { view } = this;
    let at = this.position;
    for (let i = 0; i < words.length; i++) {
      at -= BYTES_PER_WORD;
      view.setInt32(at, words[i]!, true);
    }
    this.position -= length;
  }

  /** @param value an integer that is not negative. */
  varint(value: number): void {
    if (value < 0x80) {
      this.byte(value);
    } else if (value < 0x80000000) {
      const size = value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5;
      this.reserve(size);
      let at = (this.position -= size);
      let rest = value;
      while (rest >= 0x80) {
        this.bytes[at++] = (rest & 0x7f) | 0x80;
        rest >>>= 7;
      }
      this.bytes[at] = rest;
    } else {
      this.int64(value);
    }
  }

  /** @param value a safe integer. */
  int64(value: number): void {
    if (value >= 0 && value < 0x80000000) {
      this.varint(value);
      return;
    }
    // The two halves of its two's complement.
    const low = value >>> 0;
    const high = Math.floor(value / TWO_TO_32) >>> 0;
    this.reserve(LONGEST_VARINT);
    let more = 0;
    for (let i = groupsOf(value) - 1; i >= 0; i--) {
      const group =
        i < 4 ? low >>> (7 * i) : i === 4 ? (low >>> 28) | (high << 4) : high >>> (7 * i - 32);
      this.bytes[--this.position] = (group & 0x7f) | more;
      more = 0x80;
    }
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

  /** Makes a message, or packed values, of what was written since the writer had `length` bytes. */
  delimit(field: number, length: number): void {
    this.varint(this.length - length);
    this.byte((field << 3) | DELIMITED);
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

  private reserve(size: number): void {
    if (this.position < size) {
      this.grow(size);
    }
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

/** How many groups of seven bits an integer beyond 31 bits takes. */
function groupsOf(value: number): number {
  if (value < 0) {
    return LONGEST_VARINT;
  }
  return value < 2 ** 35 ? 5 : value < 2 ** 42 ? 6 : value < 2 ** 49 ? 7 : 8;
}
