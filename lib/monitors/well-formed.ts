/** Half of a surrogate pair that stands alone cannot be written in UTF-8. */
const LONE_SURROGATE = /\p{Surrogate}/gu;

/** The text as UTF-8 can hold it: `\uFFFD` replaces each half of a surrogate pair that stands alone. */
export function wellFormed(text: string): string {
  return text.replace(LONE_SURROGATE, '\uFFFD');
}
