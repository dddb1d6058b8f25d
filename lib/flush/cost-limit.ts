import { log } from '../log.js';
import type { FlushCost } from './flush-cost.js';

/** Warns once when this instance sends more than it should. */
export class CostLimit {
  private warned = false;

  /** @param limit the option `limits.mebibytesPerMonth`. */
  constructor(
    private readonly cost: FlushCost,
    private readonly limit: number | undefined,
    private readonly dollarsPerMebibyte: number,
  ) {}

  afterFlush(): void {
    if (this.limit === undefined || this.warned || !this.cost.isSteady) {
      return;
    }
    const metrics = this.cost.perMetric();
    const bytes = metrics.reduce((sum, metric) => sum + metric.bytes, 0);
    const mebibytes = this.cost.mebibytesPerMonth(bytes);
    if (mebibytes > this.limit) {
      this.warned = true;
      const dollars = mebibytes * this.dollarsPerMebibyte;
      const [first] = metrics;
      log.warn(
        `This instance sends ${rounded(mebibytes)} MiB a month at this rate, about $${rounded(dollars)}; limits.mebibytesPerMonth is ${this.limit}. Most of it is metric "${first!.name}": ${rounded((100 * first!.bytes) / bytes)} %.`,
      );
    }
  }
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
