// @ts-check
/** @import { DistributionStatus, PercentileStatus } from '../status-report.js' */
import { withUnits } from './numbers.js';

/** @typedef {'p50' | 'p90' | 'p95' | 'p99'} PercentileName */

/** @type {readonly (readonly [PercentileName, string])[]} */
export const PERCENTILES = [
  ['p50', 'Median'],
  ['p90', '90 % are below'],
  ['p95', '95 % are below'],
  ['p99', '99 % are below'],
];

/**
 * Writes two bounds, or one value if they look the same.
 *
 * @param {PercentileStatus} bounds
 * @param {string} units
 */
export function rangeText({ from, to }, units) {
  if (from === '-Infinity') {
    return `below ${withUnits(Number(to), units)}`;
  }
  if (to === 'Infinity') {
    return `${withUnits(from, units)} and more`;
  }
  const [low, high] = [withUnits(from, units), withUnits(to, units)];
  if (low === high) {
    return low;
  }
  const [number = '', unit] = low.split(' ');
  return unit !== undefined && high.endsWith(` ${unit}`)
    ? `${number} to ${high}`
    : `${low} to ${high}`;
}

/**
 * Bounds a percentile by its bucket; undefined if the samples are too few for it.
 *
 * @param {DistributionStatus['buckets']} buckets
 * @param {number} percent
 * @returns {PercentileStatus | undefined}
 */
export function percentileOf(buckets, percent) {
  const samples = buckets.reduce((sum, { count }) => sum + count, 0);
  if (samples * (100 - percent) < 100) {
    return undefined;
  }
  let left = Math.ceil((percent * samples) / 100);
  return buckets.find(({ count }) => (left -= count) <= 0);
}

/**
 * Lists the percentiles that the samples support; without any the only sample, or the mean.
 *
 * @param {DistributionStatus} distribution
 * @param {string} units
 * @param {readonly PercentileName[]} names
 */
export function percentileTexts(distribution, units, names) {
  const texts = names.flatMap(name => {
    const bounds = distribution[name];
    return bounds ? `${name} ${rangeText(bounds, units)}` : [];
  });
  return texts.length === 0 && distribution.mean !== undefined
    ? [withUnits(distribution.mean, units)]
    : texts;
}
