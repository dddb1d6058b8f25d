import { isDistribution, type Distribution } from '../metrics/distribution.js';
import type { Cell } from '../store/cell.js';
import { baseUnitOf } from './base-unit.js';
import { label } from './escaping.js';

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
  let below = 0;
  let lines = '';
  bucketer.lowerBounds.slice(1).forEach((bound, i) => {
    below += bucketCounts[i] ?? 0;
    lines += bucketSample(name, labels, toBase(bound), below);
  });
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
