import { errorMessage } from '../../log.js';
import type { Cell } from '../../store/cell.js';
import { partitionCells } from '../partition-cells.js';
import type { TimeSlice } from '../../clock/time-slice.js';
import type { RejectedCell } from '../monitor.js';
import { metricPoints, type MetricPoints } from './metric-data.js';
import type { MetricNames } from './metric-names.js';
import type {
  OpenTelemetryAttributes,
  OpenTelemetryResourceMetrics,
} from './opentelemetry-exporter.js';
import { resourceOf } from './resource.js';
import { SCOPE } from './scope.js';

/** The translation of cells into resource metrics. */
export interface Translation {
  readonly names: MetricNames;
  readonly resourceAttributes: OpenTelemetryAttributes;
  readonly exponentialHistograms: boolean;
}

/** The metrics of one target, and the indexes of its cells. */
export interface TargetMetrics {
  readonly resourceMetrics: OpenTelemetryResourceMetrics;
  readonly indexes: readonly number[];
}

/** The cells by target, and the cells that cannot be sent. */
export async function byTarget(
  cells: readonly Cell[],
  endTime: number,
  translation: Translation,
  slice: TimeSlice,
): Promise<{ targets: TargetMetrics[]; rejected: RejectedCell[] }> {
  const { rejected } = await partitionCells(cells, slice);
  const broken = new Set(rejected.map(({ index }) => index));
  const groups = new Map<string, TargetGroup>();
  for (const [index, cell] of cells.entries()) {
    if (slice.isOver) {
      await slice.next();
    }
    if (!broken.has(index)) {
      try {
        const name = translation.names.of(cell.metric);
        groupOf(cell, groups, translation).add(cell, index, name, endTime);
      } catch (error) {
        rejected.push({ index, reason: errorMessage(error), outcome: 'refused' });
      }
    }
  }
  return { targets: [...groups.values()].map(group => group.metrics()), rejected };
}

function groupOf(
  { target }: Cell,
  groups: Map<string, TargetGroup>,
  translation: Translation,
): TargetGroup {
  let group = groups.get(target.key);
  if (!group) {
    group = new TargetGroup(target, translation);
    groups.set(target.key, group);
  }
  return group;
}

class TargetGroup {
  private readonly indexes: number[] = [];
  private readonly byName = new Map<string, MetricPoints>();

  constructor(
    private readonly target: Cell['target'],
    private readonly translation: Translation,
  ) {}

  add(cell: Cell, index: number, name: string, endTime: number): void {
    let points = this.byName.get(name);
    if (!points) {
      points = metricPoints(name, cell, this.translation.exponentialHistograms);
      this.byName.set(name, points);
    }
    points.add(cell, endTime);
    this.indexes.push(index);
  }

  metrics(): TargetMetrics {
    const metrics = [...this.byName.values()].map(({ data }) => data);
    return {
      resourceMetrics: {
        resource: resourceOf(this.target, this.translation.resourceAttributes),
        scopeMetrics: [{ scope: SCOPE, metrics }],
      },
      indexes: this.indexes,
    };
  }
}
