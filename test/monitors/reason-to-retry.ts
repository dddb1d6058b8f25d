import { expect } from 'vitest';
import type { SendResult } from '../../lib/monitors/monitor.js';

/** Why the cells of a send were surely not written; they are to be sent again. */
export async function reasonToRetry(sending: Promise<SendResult>): Promise<string> {
  const { rejected } = await sending;
  expect(new Set(rejected.map(({ outcome }) => outcome))).toEqual(new Set(['retry']));
  return [...new Set(rejected.map(({ reason }) => reason))].join('\n');
}
