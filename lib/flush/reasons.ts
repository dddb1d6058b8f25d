import { errorText } from '../log.js';

/** Further reasons would only fill the log and the report. */
const MOST_REASONS = 10;

/** Adds why something failed, unless there are many reasons: a monitor may give each cell one of its own. */
export function addReason(reasons: Set<string>, failure: unknown): void {
  if (reasons.size < MOST_REASONS) {
    reasons.add(errorText(failure));
  }
}
