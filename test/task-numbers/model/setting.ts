import type { SeededRandom } from '../../support/seeded-random.js';
import type { ConcurrencyMode } from './model-datastore.js';

/** In what kind of world a schedule takes place. */
export interface Setting {
  readonly mode: ConcurrencyMode;
  readonly pageRows: number;
  readonly expirations: readonly number[];
  /** By how much a clock may be wrong, either way. */
  readonly maxSkewMs: number;
  readonly groups: number;
  /** Of the processes, those that assign numbers themselves. */
  readonly selfAssignShare: number;
  /** Of the commits that change several rows, those that lie somewhere for long. */
  readonly stallShare: number;
  readonly hasGo: boolean;
  /** Of the processes that leave, those whose clock was ahead for a moment. */
  readonly jumpShare: number;
}

const EXPIRATIONS: readonly (readonly number[])[] = [
  [60],
  [60, 600],
  [600],
  [600, 1800],
  [1800],
  [1800, 3600],
  [60, 600, 1800],
];
const MODES: readonly ConcurrencyMode[] = ['pessimistic', 'optimistic', 'entity-groups'];
const MAX_SKEW_MS = 300_000;
/** Half of the expiry is what there is for clocks that differ: two of them, each wrong by this at most. */
const SKEW_PART = 0.2;

export function drawSetting(random: SeededRandom): Setting {
  const expirations = random.oneOf(EXPIRATIONS);
  return {
    mode: random.oneOf(MODES),
    pageRows: random.oneOf([2, 3, 500]),
    expirations,
    maxSkewMs: Math.min(MAX_SKEW_MS, Math.min(...expirations) * 1000 * SKEW_PART),
    groups: random.oneOf([1, 1, 2]),
    selfAssignShare: random.oneOf([0, 0, 0.3, 1]),
    stallShare: random.oneOf([0, 0.1, 0.5]),
    hasGo: random.next() < 0.2,
    jumpShare: random.oneOf([0, 0.3, 1]),
  };
}
