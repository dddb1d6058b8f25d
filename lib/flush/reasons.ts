import { errorText } from '../log.js';

/** More reasons would only fill the log and the report. */
const MOST_REASONS = 10;

/** Adds the reason of a failure, up to a limit: a monitor may give each cell a reason of its own. */
export function addReason(reasons: Set<string>, failure: unknown): void {
  if (reasons.size < MOST_REASONS) {
    reasons.add(errorText(failure));
  }
}
