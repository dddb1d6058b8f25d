import { setTimeout as sleep } from 'node:timers/promises';
import { SAMPLES_PER_CELL } from '../workload.js';
import { HOLDERS, type HolderName } from './holders.js';
import type { HeldBytes } from './memory.bench.js';

/** Few enough to cost nothing, and enough to load and compile all that will run. */
const WARM_UP_CELLS = 500;

const name = process.argv[2] as HolderName;
const cells = Number(process.argv[3]);

await HOLDERS[name](WARM_UP_CELLS);
const bytesBefore = await usedBytes();
const holder = await HOLDERS[name](cells);
const held: HeldBytes = { bytesPerCell: ((await usedBytes()) - bytesBefore) / cells };
const expected = name.endsWith('counters') ? cells : cells * SAMPLES_PER_CELL;
const recorded = await holder.recorded();
if (recorded !== expected) {
  throw new Error(`${name} holds ${recorded} of ${expected} recordings.`);
}
process.send!(held, () => process.disconnect());

/** What is left when all garbage is gone. `external` includes the array buffers. */
async function usedBytes(): Promise<number> {
  for (let i = 0; i < 5; i++) {
    globalThis.gc!();
    await sleep(10);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
