import { isDistribution } from '../metrics/distribution.js';
import { TimeSlice } from '../clock/time-slice.js';
import { PLAIN_TEXT, type TextFormat } from '../prometheus/text-format.js';
import { prometheusPieces } from '../prometheus/prometheus-text.js';
import type { Cell } from '../store/cell.js';
import type { StoredCell } from '../store/stored-cell.js';
import { targetKey, type Target } from '../targets/target.js';
import type { InstanceStatus } from './status-report.js';
import type { StatusReader } from './status-reader.js';

/**
 * Writes the metrics of this instance as a page that Prometheus scrapes, in pieces. Leaves out global metrics: they do not
 * belong to this instance.
 */
export async function statusPrometheus(
  status: InstanceStatus,
  reader: StatusReader,
  format: TextFormat = PLAIN_TEXT,
): Promise<AsyncIterable<string>> {
  return prometheusPieces(await cellsOf(status, reader), Math.floor(status.time * 1000), format);
}

async function cellsOf(status: InstanceStatus, reader: StatusReader): Promise<Cell[]> {
  const slice = new TimeSlice();
  const target = targetOf(status.target);
  const cells: Cell[] = [];
  for (const metric of reader.instanceMetrics()) {
    for (const stored of await reader.cells(metric, slice)) {
      if (slice.isOver) {
        await slice.next();
      }
      cells.push(cellOf(stored, target));
    }
  }
  return cells;
}

/** Makes a cell with the value that the application reads: it does not start again when the task number changes. */
function cellOf(stored: StoredCell, target: Target): Cell {
  const value = stored.value!;
  return {
    metric: stored.metric,
    fieldValues: stored.fieldValues,
    target: stored.target ?? target,
    resetTime: stored.resetTime,
    value: isDistribution(value) ? value.clone() : value,
    exemplars: stored.exemplars,
  };
}

function targetOf(labels: InstanceStatus['target']): Target {
  return { type: 'task', key: targetKey('task', Object.values(labels)), labels: () => labels };
}
