import { setImmediate } from 'node:timers/promises';
import type { ManualClock } from '../../lib/testing/manual-clock.js';

/** Runs all callbacks and promises that are ready to run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    await setImmediate();
  }
}

/** Advances a clock in small steps, so that work which a timer begins can end in time. */
export async function pass(clock: ManualClock, ms: number): Promise<void> {
  const stepMs = 1000;
  for (let passedMs = 0; passedMs < ms; passedMs += stepMs) {
    clock.advance(Math.min(stepMs, ms - passedMs));
    await settle();
  }
}
