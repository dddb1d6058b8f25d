export const BYTES_PER_WORD = 4;

/**
 * Some bytes, to be copied a word at a time: for so few that is faster than native code, which is slow to call. The
 * last word comes first, and the last one is filled up; who goes backward overwrites that with what comes next.
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

  /** For how many bytes there must be room. */
  get room(): number {
    return BYTES_PER_WORD * this.words.length;
  }
}

/** No bytes. */
export const NOTHING = new Piece(new Uint8Array(0));
