import { inject } from 'vitest';
import type { EmulatorKind } from './emulators.js';

/**
 * Returns the host of the emulator that all specs of a run share, and starts it if this is the first spec to ask. A test
 * must use a project of its own, and must neither reset nor pause the emulator: `startEmulator()` is for tests that do.
 */
export async function sharedEmulator(kind: EmulatorKind): Promise<string> {
  const response = await fetch(`${inject('emulatorsUrl')}/${kind}`);
  const text = await response.text();
  if (!response.ok) {
    throw new Error(text);
  }
  return text;
}
