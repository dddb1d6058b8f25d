/** Of a text no more is kept, since anybody may have sent it. Labels of Cloud Monitoring end here, too. */
const LONGEST_TEXT = 1024;

/** A text as it is kept. What is cut is a copy: a slice would hold on to the whole. */
export function keptText(text: string): string {
  return text.length > LONGEST_TEXT
    ? Buffer.from(text.slice(0, LONGEST_TEXT), 'utf16le').toString('utf16le')
    : text;
}

/** Whether a text may have been cut. */
export function maybeCut(value: unknown): boolean {
  return typeof value === 'string' && value.length === LONGEST_TEXT;
}
