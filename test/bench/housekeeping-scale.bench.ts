import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { bench, describe } from 'vitest';
import { RowTaskNumAllocator } from '../../lib/task-numbers/datastore/row-task-num-allocator.js';
import { GeneratedStore } from './generated-store.js';
import { ONCE, once, printRow } from './tables.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** After every so many pages and commits the memory in use is looked at. */
const STEPS_BETWEEN_LOOKS = 10;
const ROUNDS = 5;

describe('a run of housekeeping: a third of the claims waiting, held and expired each', () => {
  for (const claims of [1_000, 10_000, 100_000]) {
    bench(
      `${claims} claims`,
      once(() => measure(claims)),
      ONCE,
    );
  }
});

async function measure(claims: number): Promise<void> {
  const timesMs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    await housekeeping(new GeneratedStore(claims));
    timesMs.push(performance.now() - start);
  }
  const perClaim = (ms: number): number => Math.round((ms * 10_000) / claims) / 10;
  const [min, , median, , max] = timesMs.toSorted((a, b) => a - b).map(perClaim);

  const store = new GeneratedStore(claims);
  const { assigned, expired } = await housekeeping(store);
  printRow({
    claims,
    assigned,
    expired,
    'µs a claim (min median max)': `${min} ${median} ${max}`,
    'peak MB': await peakMegabytes(claims),
    ...store.operations,
  });
}

function housekeeping(store: GeneratedStore): Promise<{ assigned: number; expired: number }> {
  return new RowTaskNumAllocator({ store }).assignTaskNumbers();
}

/** What a run holds at most, garbage left out. */
async function peakMegabytes(claims: number): Promise<number> {
  const usedBytes = (): number => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  let steps = 0;
  const beforeBytes = usedBytes();
  let peakBytes = beforeBytes;
  await housekeeping(
    new GeneratedStore(claims, () => {
      if (steps++ % STEPS_BETWEEN_LOOKS === 0) {
        peakBytes = Math.max(peakBytes, usedBytes());
      }
    }),
  );
  return Math.round((peakBytes - beforeBytes) / 1e5) / 10;
}
