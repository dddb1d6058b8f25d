import { isDistribution, type Distribution } from '../metrics/distribution.js';
import type { Cell, Exemplar } from '../store/cell.js';
import { baseUnitOf } from './base-unit.js';
import { label } from './escaping.js';
import type { TextFormat } from './text-format.js';
import { writtenBounds } from './written-bounds.js';

type ToBase = (value: number) => number;

/**
 * Writes the lines of one cell.
 *
 * @param labels the labels of the cell, as {@link CellLabels} writes them.
 */
export function samples(
  name: string,
  labels: string,
  { metric, value, exemplars = [] }: Cell,
  format: TextFormat,
): string {
  const toBase = metric.origin ? unchanged : (baseUnitOf(metric.units)?.toBase ?? unchanged);
  if (isDistribution(value)) {
    return histogramSamples(name, labels, value, exemplars, toBase, format);
  }
  return sample(name, labels, typeof value === 'string' ? 1 : toBase(Number(value)));
}

function unchanged(value: number): number {
  return value;
}

function histogramSamples(
  name: string,
  labels: string,
  { bucketer, bucketCounts, count, sum }: Distribution,
  exemplars: readonly Exemplar[],
  toBase: ToBase,
  format: TextFormat,
): string {
  let lines = '';
  let below = 0;
  let bucket = 0;
  let from = -Infinity;
  const exemplarBelow = (to: number): string => {
    const found = exemplars.findLast(({ value }) => from <= value && value < to);
    from = to;
    return found ? format.exemplar({ ...found, value: toBase(found.value) }) : '';
  };
  for (const bound of writtenBounds(bucketer)) {
    for (; bucket < bound; bucket++) {
      below += bucketCounts[bucket] ?? 0;
    }
    const to = bucketer.lowerBounds[bound]!;
    lines += bucketSample(name, labels, format.bound(toBase(to)), below, exemplarBelow(to));
  }
  return (
    lines +
    bucketSample(name, labels, '+Inf', count, exemplarBelow(Infinity)) +
    sample(`${name}_sum`, labels, toBase(sum)) +
    sample(`${name}_count`, labels, count)
  );
}

function bucketSample(
  name: string,
  labels: string,
  bound: string,
  count: number,
  exemplar: string,
): string {
  const le = label('le', bound);
  return sample(`${name}_bucket`, labels === '' ? le : `${labels},${le}`, count, exemplar);
}

function sample(name: string, labels: string, value: number, exemplar = ''): string {
  return labels === ''
    ? `${name} ${value}${exemplar}\n`
    : `${name}{${labels}} ${value}${exemplar}\n`;
}
