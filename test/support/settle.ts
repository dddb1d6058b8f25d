import { setImmediate } from 'node:timers/promises';
import type { ManualClock } from '../../lib/testing/manual-clock.js';

/** Lets everything run that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    await setImmediate();
  }
}

/** Moves a clock on in small steps, so that what a timer begins can also end in time. */
export async function pass(clock: ManualClock, ms: number): Promise<void> {
  const stepMs = 1000;
  for (let passedMs = 0; passedMs < ms; passedMs += stepMs) {
    clock.advance(Math.min(stepMs, ms - passedMs));
    await settle();
  }
}
