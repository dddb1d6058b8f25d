import { DatastoreTaskNumAllocator } from '../../../lib/task-numbers/datastore/datastore-task-num-allocator.js';
import type { BenchTable, Row } from '../bench-table.js';
import { spreadOf } from '../spread.js';
import { GeneratedStore } from './generated-store.js';

/** After every so many pages and commits the memory in use is looked at. */
const STEPS_BETWEEN_LOOKS = 10;
const CLAIMS = { short: [1_000, 10_000], long: [1_000, 10_000, 100_000] } as const;
const ROUNDS = { short: 3, long: 9 } as const;
const MICROS_PER_MS = 1000;

export const table: BenchTable = {
  title: 'a run of housekeeping: a third of the claims waiting, held and expired each',
  measure: async effort => {
    const rows: Row[] = [];
    for (const claims of CLAIMS[effort]) {
      rows.push(await measure(claims, ROUNDS[effort]));
    }
    return rows;
  },
};

async function measure(claims: number, rounds: number): Promise<Row> {
  const microsAClaim: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const startMs = performance.now();
    await housekeeping(new GeneratedStore(claims));
    microsAClaim.push(((performance.now() - startMs) * MICROS_PER_MS) / claims);
  }
  const store = new GeneratedStore(claims);
  const { assigned, expired } = await housekeeping(store);
  const { reads, writes, commits } = store.operations;
  return {
    what: `${claims.toLocaleString('en')} claims`,
    unit: 'µs a claim',
    ours: spreadOf(microsAClaim),
    note: [
      `${assigned} assigned, ${expired} expired`,
      `${reads} rows read, ${writes} written in ${commits} commits`,
      `at most ${await peakMegabytes(claims)} MB held`,
    ].join('; '),
  };
}

function housekeeping(store: GeneratedStore): Promise<{ assigned: number; expired: number }> {
  return new DatastoreTaskNumAllocator(store).assignTaskNumbers();
}

/** What a run holds at most, garbage left out. */
async function peakMegabytes(claims: number): Promise<number> {
  const usedBytes = (): number => {
    globalThis.gc!();
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
