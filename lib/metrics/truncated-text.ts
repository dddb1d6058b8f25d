/** How many characters of a text are kept: any client may have sent it. Labels of Cloud Monitoring have the same limit. */
const LONGEST_TEXT = 1024;

/** A text as it is kept. What is left of a longer one is a copy: a slice would keep the whole text in memory. */
export function truncated(text: string): string {
  return text.length > LONGEST_TEXT ? copyOfBeginning(text) : text;
}

function copyOfBeginning(text: string): string {
  const units = Array.from({ length: LONGEST_TEXT }, (_, i) => text.charCodeAt(i));
  return String.fromCharCode(...units);
}

/** Whether a value may be a text that was truncated. */
export function mayBeTruncated(value: unknown): boolean {
  return typeof value === 'string' && value.length === LONGEST_TEXT;
}
