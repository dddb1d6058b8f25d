import { errorMessage } from '../../log.js';
import type { MetricDeclaration } from '../../metrics/metric-declaration.js';
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
import { scopeKeyOf, scopeOf } from './scope.js';

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

/** The metrics of one instrumentation scope, by name. */
interface ScopeGroup {
  readonly scope: ReturnType<typeof scopeOf>;
  readonly byName: Map<string, MetricPoints>;
}

class TargetGroup {
  private readonly indexes: number[] = [];
  private readonly scopes = new Map<string, ScopeGroup>();

  constructor(
    private readonly target: Cell['target'],
    private readonly translation: Translation,
  ) {}

  add(cell: Cell, index: number, name: string, endTime: number): void {
    const { byName } = this.scopeOf(cell.metric);
    let points = byName.get(name);
    if (!points) {
      points = metricPoints(name, cell, this.translation.exponentialHistograms);
      byName.set(name, points);
    }
    points.add(cell, endTime);
    this.indexes.push(index);
  }

  private scopeOf(metric: MetricDeclaration): ScopeGroup {
    const key = scopeKeyOf(metric);
    let group = this.scopes.get(key);
    if (!group) {
      group = { scope: scopeOf(metric), byName: new Map() };
      this.scopes.set(key, group);
    }
    return group;
  }

  metrics(): TargetMetrics {
    return {
      resourceMetrics: {
        resource: resourceOf(this.target, this.translation.resourceAttributes),
        scopeMetrics: Array.from(this.scopes.values(), ({ scope, byName }) => ({
          scope,
          metrics: Array.from(byName.values(), ({ data }) => data),
        })),
      },
      indexes: this.indexes,
    };
  }
}
