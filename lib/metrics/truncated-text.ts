/** Limits the length of texts that clients may have sent. Labels of Cloud Monitoring have the same limit. */
const MAX_LENGTH = 1024;

/** Cuts a long text. The result is a copy: a slice would keep the whole text in memory. */
export function truncated(text: string): string {
  return text.length > MAX_LENGTH ? copyOfBeginning(text) : text;
}

function copyOfBeginning(text: string): string {
  const units = Array.from({ length: MAX_LENGTH }, (_, i) => text.charCodeAt(i));
  return String.fromCharCode(...units);
}

/** Whether a value may be the result of {@link truncated}. */
export function mayBeTruncated(value: unknown): boolean {
  return typeof value === 'string' && value.length === MAX_LENGTH;
}
