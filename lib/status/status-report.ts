import type { FlushReport } from '../flush/flush-report.js';
import type { FlushMode } from '../flush/flush-settings.js';
import type { FieldType, FieldValue } from '../metrics/fields.js';
import type { MetricOrigin } from '../metrics/metric-origin.js';
import type { ValueType } from '../metrics/metric-declaration.js';
import type { Units } from '../metrics/units.js';
import type { TargetGroupReport } from '../task-numbers/target-group-report.js';

/**
 * The answer of `GET /internal/tsmon?format=json`: how this instance exports, and all its cells. Times are milliseconds since
 * the epoch.
 *
 * @publicApi
 */
export interface StatusReport extends InstanceStatus {
  /** All metrics by name, also those without cells. */
  readonly metrics: readonly MetricStatus[];
}

/**
 * How this instance exports.
 *
 * @inline
 */
export interface InstanceStatus {
  /** The time of the report. */
  readonly time: number;
  /** True if the instance runs and holds a task number, so that flushes send cells. */
  readonly exporting: boolean;
  /** False while metrics are disabled, before the application has started and after it was closed. */
  readonly running: boolean;
  /** The labels of the target. `task_num` is there only while the instance holds a number. */
  readonly target: Readonly<Record<string, string | number>>;
  /** The id of the instance, as in its claim. */
  readonly instanceId: string;
  /** The report of the last flush; left out before the first. */
  readonly lastFlush?: FlushReport;
  /** Seconds until the next flush is due; negative if it is late. */
  readonly nextFlushInSec: number;
  /** Number of recordings that each metric has lost because it had too many cells. */
  readonly dropped: Readonly<Record<string, number>>;
  /** The parts that the module uses. */
  readonly setup: SetupStatus;
  /** What the metrics cost. */
  readonly cost: CostStatus;
  /** Versions by package: `nestjs-tsmon`, `@nestjs/core` (left out in a bundle) and `node`. */
  readonly versions: Readonly<Record<string, string>>;
}

/**
 * The parts that the module uses, by its options or its own choice.
 *
 * @inline
 */
export interface SetupStatus {
  /** The platform: `Cloud Run`. */
  readonly platform: string;
  /** The Google Cloud project that has the traces; left out elsewhere. */
  readonly projectId?: string | undefined;
  /** The names of the monitors. */
  readonly monitors: readonly string[];
  /** The name of the allocator. */
  readonly allocator: string;
  /** Whether requests or a timer flush. */
  readonly flushMode: FlushMode;
  /** Seconds from one flush to the next. */
  readonly flushIntervalSec: number;
}

/**
 * What the metrics of this instance cost at their present rate, in bytes as Cloud Monitoring bills them: 8 for a number, 80 for
 * a distribution. A flush is the mean of the recent ones. A month has one flush each interval.
 *
 * @inline
 */
export interface CostStatus extends SentStatus {
  /** What would be sent in addition if quiet cells were not left out. */
  readonly savedByQuietCells: BytesStatus;
  /** The price of a MiB, by the option `status.dollarsPerMebibyte`. */
  readonly dollarsPerMebibyte: number;
  /** The metrics that have cells or were sent lately, the most expensive first. */
  readonly metrics: readonly (SentStatus & {
    /** The declared name. */
    readonly name: string;
  })[];
}

/**
 * What is sent.
 *
 * @inline
 */
interface SentStatus extends BytesStatus {
  /** The number of cells. */
  readonly cells: number;
  /** The number of points that a flush sends, in the mean. */
  readonly pointsPerFlush: number;
}

/**
 * Bytes, and their price.
 *
 * @inline
 */
export interface BytesStatus {
  /** Bytes that are billed for a flush, in the mean. */
  readonly bytesPerFlush: number;
  /** MiB in a month. */
  readonly mebibytesPerMonth: number;
  /** Dollars in a month. */
  readonly dollarsPerMonth: number;
}

/**
 * The answer of `GET /internal/tsmon/instances`: at most 500 instances of this target group.
 */
export interface InstancesStatus extends TargetGroupReport {
  /** The time of the read, in milliseconds since the epoch. */
  readonly time: number;
  /** The target group: `<data center>|<service>|<job>|<host>`. */
  readonly group: string;
  /** The id of the instance that answers. */
  readonly instanceId: string;
  /** The name of the allocator. */
  readonly allocator: string;
}

/**
 * A metric as it was declared, and its cells.
 *
 * @inline
 */
interface MetricStatus extends DeclarationStatus {
  /** The cells; empty if nothing was recorded. */
  readonly cells: readonly CellStatus[];
}

/**
 * A metric as it was declared.
 *
 * @inline
 */
export interface DeclarationStatus {
  /** The declared name: `shop/orders`. */
  readonly name: string;
  /** The class that declares the metric: `Counter`. */
  readonly kind: string;
  /** The type of the values. */
  readonly valueType: ValueType;
  /** True if a value sums up what happened since a start time. */
  readonly cumulative: boolean;
  /** Unit of the values; the empty string if none was given. */
  readonly units: Units;
  /** What the metric means; the empty string if nothing was given. */
  readonly description: string;
  /** The fields, in declared order. */
  readonly fields: readonly {
    /** The name of the field. */
    readonly name: string;
    /** The type of the field. */
    readonly type: FieldType;
  }[];
  /** True if housekeeping reports the metric for the whole service. */
  readonly global: boolean;
  /** The name of the source that the metric was read from; left out if the metric was declared. */
  readonly source?: string | undefined;
  /** What the source calls the metric, from which monitors make the name; left out if the metric was declared. */
  readonly origin?: Pick<MetricOrigin, 'name' | 'unit' | 'kind' | 'scope'> | undefined;
}

/**
 * One value, as the application reads it.
 *
 * @inline
 */
export interface CellStatus {
  /** Field values by name. */
  readonly fields: Readonly<Record<string, FieldValue>>;
  /** The labels of the target; left out if it is the instance or, for a global metric, the service. */
  readonly target?: Readonly<Record<string, string | number | boolean>>;
  /** The start of the present stream of a cumulative value. */
  readonly startTime?: number;
  /** The value; left out if it cannot be shown. */
  readonly value?: number | string | boolean | DistributionStatus;
  /** Samples of a distribution with their traces, by value: at most one of each bucket. Left out if there are none. */
  readonly exemplars?: readonly ExemplarStatus[];
  /** True if the value has a part that no monitor has accepted yet. Only of cumulative values. */
  readonly unaccepted?: true;
  /** True if the next flush leaves the cell out unless it changes. */
  readonly quiet?: true;
  /** Why the target or value cannot be shown. */
  readonly problem?: string;
}

/**
 * One sample of a distribution, and the trace that it belongs to.
 *
 * @inline
 */
export interface ExemplarStatus {
  /** The sample. */
  readonly value: number;
  /** When it was recorded. */
  readonly time: number;
  /** The id of the trace: 32 hexadecimal digits. */
  readonly traceId: string;
  /** The id of the span: 16 hexadecimal digits. */
  readonly spanId: string;
  /** The address of the trace in Google Cloud; left out elsewhere. */
  readonly url?: string | undefined;
}

/**
 * A distribution. A percentile is given as the bounds between which it surely lies, by its bucket and by the sum of all
 * samples. It is left out if the samples are too few: the median needs 2, p90 10, p95 20 and p99 100 of them. Samples are
 * assumed not to be negative where the bucketer has no negative bound, and bytes and bits to be whole numbers.
 *
 * @inline
 */
export interface DistributionStatus {
  /** The number of samples. */
  readonly count: number;
  /** The sum of the samples. */
  readonly sum: number;
  /** The mean of the samples; left out if there are none. With one sample it is that sample. */
  readonly mean?: number;
  /** The median. */
  readonly p50?: PercentileStatus;
  /** 90 % of the samples are not above this. */
  readonly p90?: PercentileStatus;
  /** 95 % of the samples are not above this. */
  readonly p95?: PercentileStatus;
  /** 99 % of the samples are not above this. */
  readonly p99?: PercentileStatus;
  /** The buckets that hold samples. */
  readonly buckets: readonly {
    /** The lower bound. A sample that equals it belongs to this bucket. */
    readonly from: number | '-Infinity';
    /** The upper bound. A sample that equals it belongs to the next bucket. */
    readonly to: number | 'Infinity';
    /** The number of samples in the bucket. */
    readonly count: number;
  }[];
}

/**
 * The bounds of a percentile.
 *
 * @inline
 */
export interface PercentileStatus {
  /** The percentile is at least this. */
  readonly from: number | '-Infinity';
  /** The percentile is at most this. */
  readonly to: number | 'Infinity';
}
