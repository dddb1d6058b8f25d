/** Work that a process did while it held the lease. Other processes need not repeat it for a while. */
export interface WorkDone {
  /** The name of the work. Other services do not use it. */
  readonly what: string;
  readonly by: string;
  /** The time in milliseconds since the epoch, by the clock of the process that wrote the lease row last. */
  readonly atMs: number;
}

/** Longer than any caller asks for. Older entries are dropped, so that deleted services leave nothing behind. */
const KEPT_MS = 10 * 60_000;

/** Adds an entry to the list, and drops old ones. */
export function withWorkDone(list: readonly WorkDone[], done: WorkDone): WorkDone[] {
  const others = list.filter(
    ({ what, atMs }) => what !== done.what && Math.abs(done.atMs - atMs) < KEPT_MS,
  );
  return [...others, done];
}

/** Writes the list as text for the lease row. */
export function workDoneText(list: readonly WorkDone[]): string {
  return JSON.stringify(list);
}

/** Reads the list from its text, which any process may have written. Leaves out entries that it cannot understand. */
export function workDoneOf(text: string | undefined): WorkDone[] {
  try {
    const list: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(list) ? list.filter(isWorkDone) : [];
  } catch {
    return [];
  }
}

function isWorkDone(entry: unknown): entry is WorkDone {
  const { what, by, atMs } = (entry ?? {}) as Partial<Record<keyof WorkDone, unknown>>;
  return typeof what === 'string' && typeof by === 'string' && typeof atMs === 'number';
}
