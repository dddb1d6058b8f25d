import { errorMessage } from '../log.js';
import { isDistribution } from '../metrics/distribution.js';
import type { ValueType } from '../metrics/metric-declaration.js';
import type { Cell } from '../store/cell.js';
import type { RejectedCell } from './monitor.js';
import { isoMicros } from './iso-micros.js';
import type { TimeSlice } from '../clock/time-slice.js';

const IS_OF_TYPE: Record<ValueType, (value: unknown) => boolean> = {
  int: Number.isSafeInteger,
  float: Number.isFinite,
  string: value => typeof value === 'string',
  bool: value => typeof value === 'boolean',
  distribution: isDistribution,
};

/** Parts the cells that can be written from the broken ones, which must not spoil the others. */
export async function partitionCells(
  cells: readonly Cell[],
  slice: TimeSlice,
): Promise<{ valid: Cell[]; rejected: RejectedCell[] }> {
  const valid: Cell[] = [];
  const rejected: RejectedCell[] = [];
  for (const [index, cell] of cells.entries()) {
    if (slice.isOver) {
      await slice.next();
    }
    try {
      checkCell(cell);
      valid.push(cell);
    } catch (error) {
      rejected.push({ index, reason: errorMessage(error), outcome: 'refused' });
    }
  }
  return { valid, rejected };
}

function checkCell({ metric, fieldValues, target, resetTime, value }: Cell): void {
  if (!IS_OF_TYPE[metric.kind.valueType](value)) {
    throw new TypeError(
      `${metric.kind.name} "${metric.name}" has a value of type ${typeof value} that it cannot have: ${String(value)}`,
    );
  }
  if (fieldValues.length !== metric.fields.names.length) {
    throw new TypeError(
      `Metric "${metric.name}" has ${metric.fields.describe()}, but its cell has ${fieldValues.length} field values`,
    );
  }
  isoMicros(resetTime);
  target.labels();
}
