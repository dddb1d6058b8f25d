import { BYTES_PER_WORD, type Piece } from './piece.js';

// Each function here puts bytes right before `end`, where there must be room, and returns where they begin, as protobuf
// is written from the end to the beginning. Callers keep that place in a variable: in a property, which is
// read and written for a few bytes at a time, it takes a quarter longer.

const DELIMITED = 2;
/** Room for any varint. */
export const LONGEST_VARINT = 10;
/** Room for what comes before a message. */
export const LONGEST_HEAD = LONGEST_VARINT + 1;
/** Four bytes of a varint hold 28 bits. */
const TWO_TO_28 = 2 ** 28;
/** The bits which say that another byte follows. */
const MORE_1 = 0x80;
const MORE_2 = 0x8080;
const MORE_3 = 0x808080;
const MORE_4 = 0x80808080;
/** The last two bytes of the two's complement of a negative integer. */
const NEGATIVE = 0x01ff;

export function putByte(view: DataView, end: number, value: number): number {
  view.setUint8(end - 1, value);
  return end - 1;
}

export function putPiece(view: DataView, end: number, { words, length }: Piece): number {
  let at = end;
  for (let i = 0; i < words.length; i++) {
    at -= BYTES_PER_WORD;
    view.setInt32(at, words[i]!, true);
  }
  return end - length;
}

/** @param value a safe integer that is not negative. */
export function putVarint(view: DataView, end: number, value: number): number {
  if (value < 2 ** 7) {
    return putByte(view, end, value);
  }
  const word = fourGroups(value);
  if (value < 2 ** 14) {
    view.setInt32(end - BYTES_PER_WORD, (word | MORE_1) << 16, true);
    return end - 2;
  }
  if (value < 2 ** 21) {
    view.setInt32(end - BYTES_PER_WORD, (word | MORE_2) << 8, true);
    return end - 3;
  }
  if (value < TWO_TO_28) {
    view.setInt32(end - BYTES_PER_WORD, word | MORE_3, true);
    return end - 4;
  }
  const rest = Math.floor(value / TWO_TO_28);
  // A function that calls itself is not compiled into others, so not for the five bytes of a time.
  const begin = (rest < 2 ** 7 ? putByte : putVarint)(view, end, rest) - BYTES_PER_WORD;
  view.setInt32(begin, word | MORE_4, true);
  return begin;
}

/** @param value a safe integer. */
export function putInt64(view: DataView, end: number, value: number): number {
  if (value >= 0) {
    return putVarint(view, end, value);
  }
  const begin = end - LONGEST_VARINT;
  view.setInt32(begin, fourGroups(value) | MORE_4, true);
  view.setInt32(begin + 4, fourGroups(Math.floor(value / TWO_TO_28)) | MORE_4, true);
  view.setInt16(begin + 8, NEGATIVE, true);
  return begin;
}

/** What comes before a message of so many bytes, or as many of packed values. */
export function putHead(view: DataView, end: number, field: number, length: number): number {
  return putByte(view, putVarint(view, end, length), (field << 3) | DELIMITED);
}

/** The lowest 28 bits of an integer, seven in each byte. */
function fourGroups(value: number): number {
  return (
    (value & 0x7f) |
    ((value << 1) & 0x7f00) |
    ((value << 2) & 0x7f0000) |
    ((value << 3) & 0x7f000000)
  );
}
