import type { Distribution } from '../../metrics/distribution.js';
import type { CellValue, MetricDeclaration } from '../../metrics/metric-declaration.js';
import type { Cell } from '../../store/cell.js';
import { scalarValue, type ScalarValue } from './scalar-value.js';

/** A `MetricsData`: the value of one cell. */
export type MetricsData = MetricsValue & {
  readonly field: readonly ({ readonly name: string } & ScalarValue)[];
  readonly startTimestamp: Timestamp;
  readonly endTimestamp: Timestamp;
};

type MetricsValue =
  | ScalarValue
  | { readonly doubleValue: number }
  | { readonly distributionValue: DistributionValue };

interface DistributionValue {
  readonly count: number;
  readonly mean: number | undefined;
  readonly linearBuckets?: object;
  readonly exponentialBuckets?: object;
  readonly bucketCount: readonly number[];
}

/** A `google.protobuf.Timestamp`. */
interface Timestamp {
  readonly seconds: number | undefined;
  readonly nanos: number | undefined;
}

const MICROS_PER_SECOND = 1_000_000;
const NANOS_PER_MICRO = 1000;

/**
 * @param endTime whole microseconds since the epoch. The start of a gauge is the same time.
 * @throws RangeError for a distribution with buckets that ProdX does not take.
 */
export function metricsData(
  { metric, fieldValues, resetTime, value }: Cell,
  endTime: number,
): MetricsData {
  const { kind, fields } = metric;
  return {
    ...metricsValue(metric, value),
    field: fieldValues.map((one, i) => ({ name: fields.names[i]!, ...scalarValue(one) })),
    startTimestamp: timestamp(kind.cumulative ? resetTime : endTime),
    endTimestamp: timestamp(endTime),
  };
}

/** Counts the values of a message. The time to serialise it is proportional to this number. */
export function countValues(data: MetricsData): number {
  const buckets = 'distributionValue' in data ? data.distributionValue.bucketCount.length : 0;
  return 1 + data.field.length + buckets;
}

/**
 * Checks the buckets of a metric's value.
 *
 * @throws RangeError for explicit buckets.
 */
export function checkBuckets({ name, kind }: MetricDeclaration, { bucketer }: Distribution): void {
  if (bucketer.isExplicit) {
    throw new RangeError(
      `${kind.name} "${name}" has the bucketer ${bucketer}, but ProdX takes only Bucketer.fixedWidth and Bucketer.geometric. Give the metric one of these, or use another monitor.`,
    );
  }
}

function metricsValue(metric: MetricDeclaration, value: CellValue): MetricsValue {
  switch (metric.kind.valueType) {
    case 'distribution':
      checkBuckets(metric, value as Distribution);
      return { distributionValue: distributionValue(value as Distribution) };
    case 'float':
      return { doubleValue: value as number };
    default:
      return scalarValue(value as string | number | boolean);
  }
}

function distributionValue({
  bucketer,
  count,
  mean,
  bucketCounts,
}: Distribution): DistributionValue {
  const { finiteBuckets: numFiniteBuckets, growth: growthFactor, scale, width } = bucketer;
  return {
    count,
    mean,
    ...(width === 0
      ? { exponentialBuckets: { numFiniteBuckets, growthFactor, scale } }
      : { linearBuckets: { numFiniteBuckets, width, offset: 0 } }),
    bucketCount: bucketCounts,
  };
}

/** Leaves out zeros, as proto3 does. */
function timestamp(micros: number): Timestamp {
  const seconds = Math.floor(micros / MICROS_PER_SECOND);
  const nanos = (micros - seconds * MICROS_PER_SECOND) * NANOS_PER_MICRO;
  return { seconds: seconds || undefined, nanos: nanos || undefined };
}
