import type { FlushReport } from '../flush/flush-report.js';
import type { FlushMode } from '../flush/flush-settings.js';
import type { FieldType, FieldValue } from '../metrics/fields.js';
import type { ValueType } from '../metrics/metric-declaration.js';
import type { Units } from '../metrics/units.js';
import type { TargetGroupReport } from '../task-numbers/target-group-report.js';

/**
 * What `GET /internal/tsmon?format=json` answers: how this instance exports, and all that it has recorded. Times are
 * milliseconds since the epoch.
 *
 * @publicApi
 */
export interface StatusReport extends InstanceStatus {
  /** By name; those without cells too. */
  readonly metrics: readonly MetricStatus[];
}

/**
 * How this instance exports.
 *
 * @publicApi
 */
export interface InstanceStatus {
  /** When this was asked. */
  readonly time: number;
  /** True when it runs and holds a task number, so that what it flushes is sent. */
  readonly exporting: boolean;
  /** False while metrics are disabled, before the application has started and after it was closed. */
  readonly running: boolean;
  /** The labels of its target: with `task_num` only while it holds a number. */
  readonly target: Readonly<Record<string, string | number>>;
  /** The name of its claim. */
  readonly instanceId: string;
  /** Left out before the first flush. */
  readonly lastFlush?: FlushReport;
  /** Seconds until the next flush is due; negative when it is late. */
  readonly nextFlushInSec: number;
  /** How many recordings each metric has lost because it had too many cells. */
  readonly dropped: Readonly<Record<string, number>>;
  /** What the module has chosen, or was told. */
  readonly setup: SetupStatus;
  /** Versions by package: `nestjs-tsmon`, `@nestjs/core` (left out in a bundle) and `node`. */
  readonly versions: Readonly<Record<string, string>>;
}

/**
 * What the module has chosen, or was told.
 *
 * @publicApi
 */
export interface SetupStatus {
  /** What it runs on: `Cloud Run`. */
  readonly platform: string;
  /** The classes of the monitors that it sends to. */
  readonly monitors: readonly string[];
  /** The class of the allocator that task numbers come from. */
  readonly allocator: string;
  /** Who flushes. */
  readonly flushMode: FlushMode;
  /** Seconds from one flush to the next. */
  readonly flushIntervalSec: number;
}

/**
 * What `GET /internal/tsmon/instances` answers: the instances of the own target group, at most 500 of them.
 *
 * @publicApi
 */
export interface InstancesStatus extends TargetGroupReport {
  /** When they were read, in milliseconds since the epoch. */
  readonly time: number;
  /** The target group: `<data center>|<service>|<job>|<host>`. */
  readonly group: string;
  /** Which of them answers. */
  readonly instanceId: string;
  /** The class of the allocator that was asked. */
  readonly allocator: string;
}

/**
 * A metric as it was declared, and its cells.
 *
 * @publicApi
 */
export interface MetricStatus extends DeclarationStatus {
  /** Its cells; empty where nothing was recorded. */
  readonly cells: readonly CellStatus[];
}

/**
 * A metric as it was declared.
 *
 * @publicApi
 */
export interface DeclarationStatus {
  /** As it was declared: `shop/orders`. */
  readonly name: string;
  /** The class that declares such metrics: `Counter`. */
  readonly kind: string;
  /** The type of its values. */
  readonly valueType: ValueType;
  /** True when a value says what happened since a start time. */
  readonly cumulative: boolean;
  /** Unit of its values; the empty string where none was given. */
  readonly units: Units;
  /** What the metric says; the empty string where nothing was given. */
  readonly description: string;
  /** Its fields, in declared order. */
  readonly fields: readonly {
    /** Its name. */
    readonly name: string;
    /** The type of its values. */
    readonly type: FieldType;
  }[];
  /** True when housekeeping reports it for the whole service. */
  readonly global: boolean;
}

/**
 * One value, as the application reads it.
 *
 * @publicApi
 */
export interface CellStatus {
  /** The values of its fields, by name. */
  readonly fields: Readonly<Record<string, FieldValue>>;
  /** The labels of its target; left out where that is the instance's, or for a global metric the service's. */
  readonly target?: Readonly<Record<string, string | number | boolean>>;
  /** When the present stream of a cumulative value began. */
  readonly startTime?: number;
  /** Left out where it cannot be shown. */
  readonly value?: number | string | boolean | DistributionStatus;
  /** Why the target or value cannot be shown. */
  readonly problem?: string;
}

/**
 * A distribution. Its percentiles are estimates: samples are taken to be spread evenly in a bucket, those below the
 * finite buckets from 0 on, and those above to lie at the highest bound; around the mean, where one bucket has them all.
 * Bytes and bits are whole. Percentiles and the mean are left out where there are no samples.
 *
 * @publicApi
 */
export interface DistributionStatus {
  /** How many samples there are. */
  readonly count: number;
  /** Their sum. */
  readonly sum: number;
  /** Their mean. */
  readonly mean?: number;
  /** The median. */
  readonly p50?: number;
  /** What 90 % of the samples lie below. */
  readonly p90?: number;
  /** What 99 % of the samples lie below. */
  readonly p99?: number;
  /** The buckets that hold samples: from a bound on, and below the next. */
  readonly buckets: readonly {
    /** The lower bound, which belongs to the bucket. */
    readonly from: number | '-Infinity';
    /** The upper bound, which belongs to the next one. */
    readonly to: number | 'Infinity';
    /** How many samples it has. */
    readonly count: number;
  }[];
}
