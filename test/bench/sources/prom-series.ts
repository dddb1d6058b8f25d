import { Counter, Histogram, Registry } from 'prom-client';
import type { MetricSource } from '../../../lib/sources/metric-source.js';
import { prometheusRegistry } from '../../../lib/sources/prometheus-registry.js';
import { promLabels, type PromName } from '../prom-metrics.js';
import { LABEL_NAMES, labelsOf, sampleOf } from '../workload.js';

const SERIES = 1000;
/** The default has 11 bounds. A histogram also has a series without a bound, a sum and a count. */
const SERIES_PER_HISTOGRAM = 14;

/** About 1,000 series of prom-client. */
export class PromSeries {
  readonly cells: number;
  recorded = 0;
  private readonly registry = new Registry();
  private readonly metric: Counter<PromName> | Histogram<PromName>;
  private samples = 0;

  constructor(kind: 'counters' | 'histograms') {
    const registers = [this.registry];
    const configuration = { name: 'bench', help: 'bench', labelNames: LABEL_NAMES, registers };
    this.cells = kind === 'counters' ? SERIES : Math.round(SERIES / SERIES_PER_HISTOGRAM);
    this.metric = kind === 'counters' ? new Counter(configuration) : new Histogram(configuration);
  }

  source(): MetricSource {
    return prometheusRegistry(this.registry);
  }

  /** Adds once to every child. */
  record(): void {
    this.samples += 1;
    for (let cell = 0; cell < this.cells; cell++) {
      const labels = promLabels(labelsOf(cell));
      if (this.metric instanceof Counter) {
        this.metric.inc(labels);
      } else {
        this.metric.observe(labels, sampleOf(cell, this.samples));
      }
    }
    this.recorded += this.cells;
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }

  json(): Promise<unknown> {
    return this.registry.getMetricsAsJSON();
  }
}
