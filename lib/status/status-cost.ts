import type { FlushCost } from '../flush/flush-cost.js';
import type { BytesStatus, CostStatus } from './status-report.js';

/** Tells what the metrics of this instance cost at their present rate. */
export function costStatus(cost: FlushCost, dollarsPerMebibyte: number): CostStatus {
  const priced = (bytesPerFlush: number): BytesStatus => {
    const mebibytesPerMonth = cost.mebibytesPerMonth(bytesPerFlush);
    return {
      bytesPerFlush,
      mebibytesPerMonth,
      dollarsPerMonth: mebibytesPerMonth * dollarsPerMebibyte,
    };
  };
  const metrics = cost
    .perMetric()
    .map(({ name, cells, points, bytes }) =>
      Object.assign(priced(bytes), { name, cells, pointsPerFlush: points }),
    );
  const sum = (of: (metric: (typeof metrics)[number]) => number): number =>
    metrics.reduce((total, metric) => total + of(metric), 0);
  return {
    cells: sum(({ cells }) => cells),
    pointsPerFlush: sum(({ pointsPerFlush }) => pointsPerFlush),
    ...priced(sum(({ bytesPerFlush }) => bytesPerFlush)),
    savedByQuietCells: priced(cost.savedBytes),
    dollarsPerMebibyte,
    metrics,
  };
}
