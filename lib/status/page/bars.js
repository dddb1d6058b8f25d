// @ts-check
/** @import { DistributionStatus } from '../status-report.js' */

/**
 * @typedef {object} Bar a bucket; all but the bounds and the count are shares of width and height
 * @property {number} x
 * @property {number} width
 * @property {number} height
 * @property {number} count
 * @property {number} from
 * @property {number} to
 */

/** Buckets without an end get so much of the width. */
const OPEN_SHARE = 0.08;
/** Where the bounds span more than this, each is drawn as far from the next as it is times that. */
const LINEAR_SPAN = 40;

/**
 * Where the bars of a distribution stand, and where a value lies among them.
 *
 * @param {DistributionStatus['buckets']} buckets those that hold samples
 */
export function barsOf(buckets) {
  const bounds = buckets.map(({ from, to, count }) => ({
    from: Number(from),
    to: Number(to),
    count,
  }));
  const place = scaleOf(bounds.flatMap(({ from, to }) => [from, to]));
  const most = Math.max(...bounds.map(({ count }) => count));
  const bars = bounds.map(({ from, to, count }) => {
    const x = place(from);
    return { x, width: place(to) - x, height: count / most, count, from, to };
  });
  return { bars, place };
}

/**
 * Places bounds between 0 and 1.
 *
 * @param {readonly number[]} bounds
 * @returns {(value: number) => number}
 */
function scaleOf(bounds) {
  const left = bounds.includes(-Infinity) ? OPEN_SHARE : 0;
  const right = bounds.includes(Infinity) ? OPEN_SHARE : 0;
  const bend = bendOf(bounds.filter(Number.isFinite));
  const finite = bounds.filter(Number.isFinite).map(bend);
  let [low, high] = [Math.min(...finite), Math.max(...finite)];
  if (bounds.length === 2) {
    // A bucket that is alone would fill everything, and say nothing.
    const width = high - low;
    [low, high] = [low - width, high + width];
  }
  return value => {
    if (!Number.isFinite(value)) {
      return value < 0 ? 0 : 1;
    }
    const share = high > low ? (bend(value) - low) / (high - low) : 0.5;
    return left + Math.min(1, Math.max(0, share)) * (1 - left - right);
  };
}

/**
 * Evenly, or by the logarithm where the bounds differ by so much.
 *
 * @param {readonly number[]} finite
 * @returns {(value: number) => number}
 */
function bendOf(finite) {
  const low = Math.min(...finite);
  const lowest = Math.min(...finite.filter(bound => bound > 0));
  if (low < 0 || Math.max(...finite) / lowest <= LINEAR_SPAN) {
    return value => value;
  }
  // A bucket that begins at 0 has no place on this scale: it is drawn half as wide as its bound.
  const floor = low > 0 ? low : lowest / 2;
  return value => Math.log(Math.max(value, floor));
}
