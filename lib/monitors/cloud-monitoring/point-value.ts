import type { Bucketer } from '../../metrics/bucketer.js';
import { isDistribution, type Distribution } from '../../metrics/distribution.js';
import type { CellValue, MetricDeclaration } from '../../metrics/metric-declaration.js';

/** The value of a point, as the API has it in JSON. An int64 is a string there. */
export type PointValue =
  | { readonly int64Value: string }
  | { readonly doubleValue: number }
  | { readonly boolValue: boolean }
  | { readonly distributionValue: DistributionValue };

interface DistributionValue {
  readonly count: string;
  readonly mean?: number;
  readonly bucketOptions: BucketOptions;
  readonly bucketCounts: readonly string[];
}

type BucketOptions =
  | {
      readonly linearBuckets: {
        readonly numFiniteBuckets: number;
        readonly width: number;
        readonly offset: number;
      };
    }
  | {
      readonly exponentialBuckets: {
        readonly numFiniteBuckets: number;
        readonly growthFactor: number;
        readonly scale: number;
      };
    };

const MOST_BUCKETS = 200;

/** @throws TypeError for a value that the metric cannot have, RangeError for one that the API does not take. */
export function pointValueOf(metric: MetricDeclaration, value: CellValue): PointValue {
  switch (metric.kind.valueType) {
    case 'int':
      check(Number.isSafeInteger(value), metric, value);
      return { int64Value: String(value) };
    case 'float':
      check(Number.isFinite(value), metric, value);
      return { doubleValue: value as number };
    case 'bool':
      check(typeof value === 'boolean', metric, value);
      return { boolValue: value as boolean };
    case 'string':
      check(typeof value === 'string', metric, value);
      return { int64Value: '1' };
    case 'distribution':
      check(isDistribution(value), metric, value);
      return { distributionValue: distributionValueOf(metric, value as Distribution) };
  }
}

function check(isSound: boolean, { kind, name }: MetricDeclaration, value: CellValue): void {
  if (!isSound) {
    throw new TypeError(
      `${kind.name} "${name}" has a value of type ${typeof value} that it cannot have: ${String(value)}.`,
    );
  }
}

/** Buckets have the same bounds and order here and there: below, the finite ones, above. */
function distributionValueOf(
  metric: MetricDeclaration,
  { count, mean, bucketer, bucketCounts }: Distribution,
): DistributionValue {
  if (bucketer.bucketCount > MOST_BUCKETS) {
    throw new RangeError(
      `${metric.kind.name} "${metric.name}" has ${bucketer.bucketCount} buckets; Cloud Monitoring takes ${MOST_BUCKETS}, with those below and above the finite ones. Give it a bucketer with fewer.`,
    );
  }
  return {
    count: String(count),
    ...(mean !== undefined && { mean }),
    bucketOptions: bucketOptionsOf(bucketer),
    bucketCounts: bucketCounts.map(String),
  };
}

function bucketOptionsOf({ width, growth, scale, finiteBuckets }: Bucketer): BucketOptions {
  return width === 0
    ? {
        exponentialBuckets: { numFiniteBuckets: finiteBuckets, growthFactor: growth, scale },
      }
    : { linearBuckets: { numFiniteBuckets: finiteBuckets, width, offset: 0 } };
}
