import { isDistribution, type Distribution } from '../metrics/distribution.js';
import type { Cell } from '../store/cell.js';
import { baseUnitOf } from './base-unit.js';
import { label } from './escaping.js';
import { writtenBounds } from './written-bounds.js';

type ToBase = (value: number) => number;

/**
 * Writes the lines of one cell.
 *
 * @param labels the labels of the cell, as {@link CellLabels} writes them.
 */
export function samples(name: string, labels: string, { metric, value }: Cell): string {
  const toBase = baseUnitOf(metric.units)?.toBase ?? (number => number);
  if (isDistribution(value)) {
    return histogramSamples(name, labels, value, toBase);
  }
  return sample(name, labels, typeof value === 'string' ? 1 : toBase(Number(value)));
}

function histogramSamples(
  name: string,
  labels: string,
  { bucketer, bucketCounts, count, sum }: Distribution,
  toBase: ToBase,
): string {
  let lines = '';
  let below = 0;
  let bucket = 0;
  for (const bound of writtenBounds(bucketer)) {
    for (; bucket < bound; bucket++) {
      below += bucketCounts[bucket] ?? 0;
    }
    lines += bucketSample(name, labels, toBase(bucketer.lowerBounds[bound]!), below);
  }
  return (
    lines +
    bucketSample(name, labels, '+Inf', count) +
    sample(`${name}_sum`, labels, toBase(sum)) +
    sample(`${name}_count`, labels, count)
  );
}

function bucketSample(name: string, labels: string, bound: number | '+Inf', count: number): string {
  const le = label('le', bound);
  return sample(`${name}_bucket`, labels === '' ? le : `${labels},${le}`, count);
}

function sample(name: string, labels: string, value: number): string {
  return labels === '' ? `${name} ${value}\n` : `${name}{${labels}} ${value}\n`;
}
