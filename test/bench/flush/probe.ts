const PERIOD_MS = 3;

/** Runs work, and returns for how many milliseconds at most a timer of 3 ms came too late meanwhile. */
export async function longestDelayMs(work: () => Promise<unknown>): Promise<number> {
  let dueMs = performance.now() + PERIOD_MS;
  let longestMs = 0;
  const note = (): void => {
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - dueMs);
    dueMs = nowMs + PERIOD_MS;
  };
  const timer = setInterval(note, PERIOD_MS);
  await work();
  note();
  clearInterval(timer);
  return longestMs;
}
