import type { Clock } from '../clock/clock.js';
import type { TsmonService } from '../flush/tsmon.service.js';
import type { MetricDeclaration } from '../metrics/metric-declaration.js';
import type { Registry } from '../metrics/registry.js';
import type { TimeSlice } from '../clock/time-slice.js';
import { storeOf } from '../store/in-memory-store.js';
import type { StoredCell } from '../store/stored-cell.js';
import type { Task } from '../targets/task.js';
import type { CostStatus, InstanceStatus, SetupStatus } from './status-report.js';
import { versions } from './versions.js';

/** The target and the id of an instance. */
export interface InstanceName {
  readonly task: Task;
  readonly instanceId: string;
}

/** What the next flush does with a cell. */
export type NextSend = { readonly [Name in 'unaccepted' | 'quiet']: true | undefined };

type Labels = Readonly<Record<string, string | number>>;

/** Reads the data that the status routes answer. */
export class StatusReader {
  constructor(
    private readonly service: Pick<TsmonService, 'status'>,
    private readonly registry: Registry,
    private readonly instance: InstanceName,
    private readonly setup: () => SetupStatus,
    private readonly cost: () => CostStatus,
    private readonly clock: Clock,
  ) {}

  status(): InstanceStatus {
    const { running, target, lastFlush, nextFlushInSec, dropped } = this.service.status();
    return {
      time: this.clock.now(),
      exporting: running && target !== undefined,
      running,
      target: target ?? this.labelsWithoutNumber(),
      instanceId: this.instance.instanceId,
      lastFlush,
      nextFlushInSec,
      dropped,
      setup: this.setup(),
      cost: this.cost(),
      versions: versions(),
    };
  }

  /** The metrics that every instance reports for itself, by name, as monitors get them. */
  instanceMetrics(): MetricDeclaration[] {
    return this.asSent(this.registry.instanceMetrics());
  }

  /** The metrics that housekeeping reports for the whole service, by name, as monitors get them. */
  globalMetrics(): MetricDeclaration[] {
    return this.asSent(this.registry.globalMetrics());
  }

  /** Returns the cells of a metric that have a value. */
  async cells(metric: MetricDeclaration, slice: TimeSlice): Promise<StoredCell[]> {
    const cells: StoredCell[] = [];
    const table = storeOf(this.registry).open(metric);
    for (const cell of table) {
      if (slice.isOver) {
        await slice.next();
      }
      if (cell.value !== undefined) {
        cells.push(table.asSent(cell));
      }
    }
    return cells;
  }

  /** Returns a function that tells what the next flush does with a cell. */
  nextSends(): (cell: StoredCell) => NextSend {
    const store = storeOf(this.registry);
    const nextFlushMs = Math.max(0, this.service.status().nextFlushInSec * 1000);
    const quietSince = store.quietSinceIn(nextFlushMs);
    return ({ metric, row, value }) => {
      const table = store.open(metric);
      return {
        unaccepted: table.exceedsAccepted(row, value) || undefined,
        quiet: table.isQuiet(row, quietSince) || undefined,
      };
    };
  }

  private asSent(metrics: MetricDeclaration[]): MetricDeclaration[] {
    const store = storeOf(this.registry);
    return byName(metrics).map(metric => store.open(metric).sentMetric);
  }

  /** Leaves the number out: the task has 0 as long as it holds no number, but another instance may hold 0. */
  private labelsWithoutNumber(): Labels {
    const { task_num: _, ...labels } = this.instance.task.labels();
    return labels;
  }
}

function byName(metrics: MetricDeclaration[]): MetricDeclaration[] {
  return metrics.sort((one, other) => (one.name < other.name ? -1 : 1));
}
