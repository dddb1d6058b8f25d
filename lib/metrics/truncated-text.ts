/** Of a text no more is kept, since anybody may have sent it. Labels of Cloud Monitoring end here, too. */
const LONGEST_TEXT = 1024;

/** A text as it is kept. What is cut is a copy: a slice would hold on to the whole. */
export function truncated(text: string): string {
  return text.length > LONGEST_TEXT ? copyOfBeginning(text) : text;
}

function copyOfBeginning(text: string): string {
  const units = Array.from({ length: LONGEST_TEXT }, (_, i) => text.charCodeAt(i));
  return String.fromCharCode(...units);
}

/** Whether a text may have been cut. */
export function mayBeTruncated(value: unknown): boolean {
  return typeof value === 'string' && value.length === LONGEST_TEXT;
}
