/** A surrogate without its other half, which UTF-8 cannot express. */
const LONE_SURROGATE = /\p{Surrogate}/gu;

/** Replaces each lone surrogate by `\uFFFD`, so that UTF-8 can express the text. */
export function wellFormed(text: string): string {
  return text.replace(LONE_SURROGATE, '\uFFFD');
}
