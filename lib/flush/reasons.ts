/** More of them, and longer ones, tell nobody more. */
const MOST_REASONS = 10;
const LONGEST_REASON = 1000;

/** Why something failed, in a text that is good for the log and for a report. */
export function reasonOf(failure: unknown): string {
  const reason = String(failure);
  return reason.length > LONGEST_REASON ? `${reason.slice(0, LONGEST_REASON)}…` : reason;
}

/** Adds a reason, unless there are many: a monitor may give each cell one of its own. */
export function addReason(reasons: Set<string>, failure: unknown): void {
  if (reasons.size < MOST_REASONS) {
    reasons.add(reasonOf(failure));
  }
}
