/** Work that a process has done while it held the lease, and that others need not do again for a while. */
export interface WorkDone {
  /** The name of the work, which other services do not use. */
  readonly what: string;
  /** Which process has done it. */
  readonly by: string;
  /** When, in milliseconds since the epoch, by the clock of the process that wrote the lease row last. */
  readonly atMs: number;
}

/** Longer than any caller asks for, so that services that are gone leave nothing behind. */
const KEPT_MS = 10 * 60_000;

/** The list with one more entry, and without those that are old. */
export function withWorkDone(list: readonly WorkDone[], done: WorkDone): WorkDone[] {
  const others = list.filter(
    ({ what, atMs }) => what !== done.what && Math.abs(done.atMs - atMs) < KEPT_MS,
  );
  return [...others, done];
}

/** The text of the list in the lease row. */
export function workDoneText(list: readonly WorkDone[]): string {
  return JSON.stringify(list);
}

/** Reads that text, which anybody may have written: what cannot be understood was not done. */
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
