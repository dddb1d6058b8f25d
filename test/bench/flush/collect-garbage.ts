import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMs } from '../cpu-time.js';

const WAIT_MS = 5;
const IDLE_CPU_MS = 0.5;

/** Clears what others have left, and waits for the threads that go on sweeping: their time is no one's here. */
export async function collectGarbage(): Promise<void> {
  globalThis.gc!();
  for (let usedMs = Infinity; usedMs > IDLE_CPU_MS;) {
    const startMs = cpuMs();
    await sleep(WAIT_MS);
    usedMs = cpuMs() - startMs;
  }
}
