import { describe, expect, it } from 'vitest';
import { explore, traceOf } from '../task-numbers/model/explore.js';

/** The schedules of both halves together. */
const SCHEDULES = Number(process.env.MODEL_SCHEDULES ?? 20_000);
const FIRST_SEED = Number(process.env.MODEL_FIRST_SEED ?? 1);
/** Far more than it takes, on a machine that has other things to do. */
const TIMEOUT_MS = 120_000 + SCHEDULES * 20;

/**
 * The real allocator in worlds in which nearly everything goes wrong. It comes in two halves, so that two
 * processors share the work. To see a schedule again: `MODEL_FIRST_SEED=<seed> MODEL_SCHEDULES=1`.
 */
export function exploreHalf(half: 0 | 1): void {
  const schedules = half === 0 ? Math.ceil(SCHEDULES / 2) : Math.floor(SCHEDULES / 2);
  const firstSeed = FIRST_SEED + half * Math.ceil(SCHEDULES / 2);

  describe.skipIf(schedules === 0)(`${schedules} schedules from seed ${firstSeed}`, () => {
    it(
      'T1 T2 T3 hold after every step, every call ends, and nobody waits for ever',
      async () => {
        const finding = await explore({ firstSeed, schedules });
        expect(finding && (await traceOf(finding.seed))).toBeUndefined();
      },
      TIMEOUT_MS,
    );
  });
}
