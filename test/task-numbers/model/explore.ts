import { runSchedule } from './schedule.js';
import type { Mutation } from './world.js';

export interface ExploreOptions {
  readonly firstSeed: number;
  readonly schedules: number;
  readonly mutation?: Mutation;
}

/** A schedule in which a rule was broken. */
export interface Finding {
  readonly seed: number;
  readonly violation: string;
}

/** So many at once: they take turns, and share the cost of waiting for the next turn. */
const LANES = 8;

/**
 * Runs schedules one seed after the other, until a rule is broken.
 *
 * @returns undefined where none was.
 */
export async function explore(options: ExploreOptions): Promise<Finding | undefined> {
  const { firstSeed, schedules, mutation } = options;
  let next = firstSeed;
  let finding: Finding | undefined;
  const lane = async (): Promise<void> => {
    while (next < firstSeed + schedules && !finding) {
      const seed = next++;
      const violation = await runSchedule({ seed, mutation });
      if (violation) {
        finding ??= { seed, violation };
      }
    }
  };
  await withoutStacks(() => Promise.all(Array.from({ length: LANES }, lane)));
  return finding;
}

/** The steps of a schedule as text, ending with the rule it breaks. */
export async function traceOf(seed: number, mutation?: Mutation): Promise<string> {
  const lines = [`seed ${seed}`];
  const log = (text: string): number => lines.push(text);
  const violation = await runSchedule({ seed, mutation, log });
  return [...lines, violation ?? 'no rule is broken'].join('\n');
}

/** Hundreds of thousands of errors are made that nobody reads. */
async function withoutStacks(work: () => Promise<unknown>): Promise<void> {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    await work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
