import { isDistribution } from '../../metrics/distribution.js';
import type { CellValue } from '../../metrics/metric-declaration.js';
import type { Cell } from '../../store/cell.js';
import { isoMicros } from '../iso-micros.js';
import type { TimeSlice } from '../../clock/time-slice.js';
import { usedBuckets } from '../used-buckets.js';

/** Writes each cell as one JSON object on one line. */
export async function* jsonLines(
  cells: readonly Cell[],
  endTime: number,
  slice: TimeSlice,
): AsyncGenerator<string> {
  const end = isoMicros(endTime);
  for (const cell of cells) {
    if (slice.isOver) {
      await slice.next();
    }
    yield JSON.stringify(jsonCell(cell, end));
  }
}

function jsonCell({ metric, fieldValues, target, resetTime, value }: Cell, end: string): object {
  return {
    target: target.labels(),
    metric: metric.name,
    kind: metric.kind.name,
    units: metric.units,
    fields: Object.fromEntries(metric.fields.names.map((name, i) => [name, fieldValues[i]])),
    value: jsonValue(value),
    start: metric.kind.cumulative ? isoMicros(resetTime) : undefined,
    end,
  };
}

function jsonValue(value: CellValue): unknown {
  if (!isDistribution(value)) {
    return value;
  }
  return {
    count: value.count,
    sum: value.sum,
    mean: value.mean,
    buckets: usedBuckets(value).map(({ from, to, count }) => ({
      from: jsonBound(from),
      to: jsonBound(to),
      count,
    })),
  };
}

/** JSON has no infinities. Protobuf's JSON uses the same strings. */
function jsonBound(bound: number): number | string {
  return Number.isFinite(bound) ? bound : String(bound);
}
