const INITIAL_SIZE = 128 * 1024;
const LARGEST_SMALL_INT = 0x7fff_ffff;
const BYTES_PER_UTF16_UNIT = 3;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const TILDE = 0x7e;
const ZERO = 0x30;

/**
 * Writes JSON as bytes, into memory that may be used again. It makes no garbage, while strings are garbage right after they were
 * sent: their collection would stop the process longer than writing does.
 */
export class JsonBytes {
  private memory = Buffer.allocUnsafeSlow(INITIAL_SIZE);
  private end = 0;

  /** The number of written bytes. */
  get length(): number {
    return this.end;
  }

  /** The number of bytes that fit in without new memory. */
  get capacity(): number {
    return this.memory.length;
  }

  /** Forgets all bytes from this length on. */
  truncate(length: number): void {
    this.end = length;
  }

  /** The written bytes, without a copy. */
  get bytes(): Buffer {
    return this.memory.subarray(0, this.end);
  }

  /** A part as a text in which each byte is a character. Different parts have different texts. */
  text(from: number, to: number): string {
    return this.memory.toString('latin1', from, to);
  }

  /** Appends bytes as they are. */
  raw(part: Uint8Array): void {
    this.reserve(part.length);
    this.memory.set(part, this.end);
    this.end += part.length;
  }

  /** Appends a short text of ASCII characters as it is. */
  ascii(text: string): void {
    const { length } = text;
    this.reserve(length);
    const { memory: bytes, end } = this;
    for (let i = 0; i < length; i++) {
      bytes[end + i] = text.charCodeAt(i);
    }
    this.end = end + length;
  }

  /**
   * Appends a text in quotes if it has only ASCII characters that need no escape.
   *
   * @returns false if it has others, and then appends nothing.
   */
  plainString(text: string): boolean {
    const { length } = text;
    this.reserve(length + 2);
    const { memory: bytes } = this;
    let { end } = this;
    bytes[end++] = QUOTE;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code < SPACE || code > TILDE || code === QUOTE || code === BACKSLASH) {
        return false;
      }
      bytes[end++] = code;
    }
    bytes[end++] = QUOTE;
    this.end = end;
    return true;
  }

  /** Appends a text in quotes. */
  string(text: string): void {
    const json = JSON.stringify(text);
    this.reserve(BYTES_PER_UTF16_UNIT * json.length);
    this.end += this.memory.write(json, this.end);
  }

  /** Appends an integer. */
  integer(value: number): void {
    if (value >= 0 && value <= LARGEST_SMALL_INT) {
      this.digits(value, decimals(value));
    } else {
      this.ascii(String(value));
    }
  }

  /**
   * Appends an integer with leading zeros.
   *
   * @param value at least 0, and less than 2 ** 31.
   */
  digits(value: number, count: number): void {
    this.reserve(count);
    const { memory: bytes, end } = this;
    let rest = value | 0;
    for (let i = end + count - 1; i >= end; i--) {
      const tenth = (rest / 10) | 0;
      bytes[i] = ZERO + rest - 10 * tenth;
      rest = tenth;
    }
    this.end = end + count;
  }

  private reserve(count: number): void {
    if (this.end + count > this.memory.length) {
      const larger = Buffer.allocUnsafeSlow(2 * (this.end + count));
      larger.set(this.memory.subarray(0, this.end));
      this.memory = larger;
    }
  }
}

function decimals(value: number): number {
  let count = 1;
  for (let limit = 10; value >= limit; limit *= 10) {
    count += 1;
  }
  return count;
}
