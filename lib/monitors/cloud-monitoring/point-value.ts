import type { Bucketer } from '../../metrics/bucketer.js';
import { isDistribution, type Distribution } from '../../metrics/distribution.js';
import type { CellValue, MetricDeclaration } from '../../metrics/metric-declaration.js';

const MOST_BUCKETS = 200;

/**
 * The JSON of the value of a point. An int64 is a string there.
 *
 * @throws TypeError for a value that the metric cannot have, RangeError for one that the API does not take.
 */
export function pointValueJson(metric: MetricDeclaration, value: CellValue): string {
  switch (metric.kind.valueType) {
    case 'int':
      check(Number.isSafeInteger(value), metric, value);
      return `{"int64Value":"${String(value)}"}`;
    case 'float':
      check(Number.isFinite(value), metric, value);
      return `{"doubleValue":${String(value)}}`;
    case 'bool':
      check(typeof value === 'boolean', metric, value);
      return `{"boolValue":${String(value)}}`;
    case 'string':
      check(typeof value === 'string', metric, value);
      return '{"int64Value":"1"}';
    case 'distribution':
      check(isDistribution(value), metric, value);
      return `{"distributionValue":${distributionJson(metric, value as Distribution)}}`;
  }
}

function check(isValid: boolean, { kind, name }: MetricDeclaration, value: CellValue): void {
  if (!isValid) {
    throw new TypeError(
      `${kind.name} "${name}" has a value of type ${typeof value} that it cannot have: ${String(value)}.`,
    );
  }
}

/** Buckets have the same bounds and order in the API: underflow, finite buckets, overflow. Zeros at the end are left out. */
function distributionJson(
  metric: MetricDeclaration,
  { count, mean, bucketer, usedWindow }: Distribution,
): string {
  if (bucketer.bucketCount > MOST_BUCKETS) {
    throw new RangeError(
      `${metric.kind.name} "${metric.name}" has ${bucketer.bucketCount} buckets; Cloud Monitoring takes ${MOST_BUCKETS}, with those below and above the finite ones. Give it a bucketer with fewer.`,
    );
  }
  const { first, counts } = usedWindow;
  const meanJson = mean === undefined ? '' : `"mean":${mean},`;
  const countsJson = counts.length === 0 ? '' : `${'"0",'.repeat(first)}"${counts.join('","')}"`;
  return `{"count":"${count}",${meanJson}"bucketOptions":${bucketOptionsJson(bucketer)},"bucketCounts":[${countsJson}]}`;
}

const bucketOptions = new WeakMap<Bucketer, string>();

/** Writes the options of each bucketer once. */
function bucketOptionsJson(bucketer: Bucketer): string {
  let json = bucketOptions.get(bucketer);
  if (json === undefined) {
    json = JSON.stringify(bucketOptionsOf(bucketer));
    bucketOptions.set(bucketer, json);
  }
  return json;
}

function bucketOptionsOf(bucketer: Bucketer): object {
  const { isExplicit, width, growth, scale, finiteBuckets: numFiniteBuckets } = bucketer;
  if (isExplicit) {
    return { explicitBuckets: { bounds: bucketer.lowerBounds.slice(1) } };
  }
  return growth === 0
    ? { linearBuckets: { numFiniteBuckets, width, offset: 0 } }
    : { exponentialBuckets: { numFiniteBuckets, growthFactor: growth, scale } };
}
