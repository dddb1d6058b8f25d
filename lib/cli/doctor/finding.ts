/** What one check found. */
export interface Finding {
  /** The name of the check, which stays the same: `datastore`. */
  readonly check: string;
  readonly status: 'ok' | 'failed';
  /** What was found, in one sentence. */
  readonly detail: string;
}
