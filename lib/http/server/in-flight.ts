import { IntGauge, type BoundGauge } from '../../metrics/gauge.js';
import type { Registry } from '../../metrics/registry.js';
import { outsideTargets } from '../../targets/with-target.js';

/** The number of requests under way, as a metric of its own. */
export class InFlight {
  private readonly cell: BoundGauge<number>;
  private count = 0;

  constructor(registry: Registry) {
    const metric = new IntGauge('http/server_in_flight', {
      description: 'Requests under way, the one that flushes included.',
      registry,
    });
    this.cell = outsideTargets(() => metric.cell());
    this.cell.set(0);
  }

  begin(): void {
    this.cell.set(++this.count);
  }

  end(): void {
    this.cell.set(--this.count);
  }
}
