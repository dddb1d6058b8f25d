// @ts-check

/** Matches characters that cannot be seen or that reorder their neighbours: control, bidirectional and format characters, and halves of surrogate pairs. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029\ufffe\uffff]/gu;
/** Joins emoji, and is harmless. */
const ZERO_WIDTH_JOINER = '\u200d';

/**
 * Replaces invisible characters by their codes.
 *
 * @param {string} text
 */
export function visible(text) {
  return text.replace(UNSEEN, character =>
    character === ZERO_WIDTH_JOINER
      ? character
      : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/**
 * Cuts a long text, and adds its full length.
 *
 * @param {string} text
 * @param {number} longest
 */
export function shortened(text, longest) {
  return text.length <= longest
    ? visible(text)
    : `${visible(text.slice(0, longest))}… (${text.length.toLocaleString('en')} characters)`;
}

/**
 * A count and what it counts: `1 cell`, `1,234 cells`.
 *
 * @param {number} count
 * @param {string} noun
 */
export function counted(count, noun) {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}
