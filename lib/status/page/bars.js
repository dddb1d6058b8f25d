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

/** The share of the width of a bucket without a finite bound. */
const OPEN_SHARE = 0.08;
/** If the highest bound is more than this many times the lowest, the scale is logarithmic. */
const LINEAR_SPAN = 40;

/**
 * Computes the bars of a distribution, and a function that places a value among them.
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
    // A single bucket would fill the whole width and show nothing.
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
 * Returns a linear or, for bounds that differ much, a logarithmic scale.
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
  // A logarithmic scale has no place for 0: a bucket from 0 starts at half of the lowest bound.
  const floor = low > 0 ? low : lowest / 2;
  return value => Math.log(Math.max(value, floor));
}
