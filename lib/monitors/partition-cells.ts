import { errorMessage } from '../log.js';
import { isDistribution } from '../metrics/distribution.js';
import type { FieldType } from '../metrics/fields.js';
import type { ValueType } from '../metrics/metric-declaration.js';
import type { Cell } from '../store/cell.js';
import type { RejectedCell } from './monitor.js';
import type { TimeSlice } from '../clock/time-slice.js';

type ByType<T extends string> = Record<T, (value: unknown) => boolean>;

const IS_OF_FIELD_TYPE: ByType<FieldType> = {
  int: Number.isSafeInteger,
  string: value => typeof value === 'string',
  bool: value => typeof value === 'boolean',
};

const IS_OF_VALUE_TYPE: ByType<ValueType> = {
  ...IS_OF_FIELD_TYPE,
  float: Number.isFinite,
  distribution: isDistribution,
};

/**
 * Separates valid cells from broken cells, so that broken cells do not stop the others.
 *
 * @param write receives each cell that passes the check. If it throws, the cell is broken, too.
 */
export async function partitionCells(
  cells: readonly Cell[],
  slice: TimeSlice,
  write: (cell: Cell) => void = () => {},
): Promise<{ valid: Cell[]; rejected: RejectedCell[] }> {
  const valid: Cell[] = [];
  const rejected: RejectedCell[] = [];
  for (const [index, cell] of cells.entries()) {
    if (slice.isOver) {
      await slice.next();
    }
    try {
      checkCell(cell);
      write(cell);
      valid.push(cell);
    } catch (error) {
      rejected.push({ index, reason: errorMessage(error), outcome: 'refused' });
    }
  }
  return { valid, rejected };
}

function checkCell(cell: Cell): void {
  const { metric, target, resetTime, value } = cell;
  if (!IS_OF_VALUE_TYPE[metric.kind.valueType](value)) {
    throw new TypeError(
      `${metric.kind.name} "${metric.name}" has a value of type ${typeof value} that it cannot have: ${String(value)}`,
    );
  }
  checkFieldValues(cell);
  if (!Number.isSafeInteger(resetTime)) {
    throw new TypeError(
      `A cell of metric "${metric.name}" starts at ${String(resetTime)}, which is not a whole number of microseconds`,
    );
  }
  target.labels();
}

function checkFieldValues({ metric: { name, fields }, fieldValues }: Cell): void {
  if (fieldValues.length !== fields.types.length) {
    throw new TypeError(
      `Metric "${name}" has ${fields.describe()}, but its cell has ${fieldValues.length} field values`,
    );
  }
  fields.types.forEach((type, i) => {
    const value = fieldValues[i];
    if (!IS_OF_FIELD_TYPE[type](value)) {
      throw new TypeError(
        `Field "${fields.names[i]}" of metric "${name}" is of type ${type}, but its cell has ${String(value)} (${typeof value})`,
      );
    }
  });
}
