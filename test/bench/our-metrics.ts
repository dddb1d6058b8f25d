import { Counter } from '../../lib/metrics/counter.js';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import type { Monitor } from '../../lib/monitors/monitor.js';
import { AcceptingMonitor } from './accepting-monitor.js';
import { OurFlush } from './our-flush.js';
import { roomyRegistry } from './roomy-registry.js';
import { FIELDS, labelsOf, sampleOf } from './workload.js';

export type Kind = 'counters' | 'distributions';

type OurMetric = Counter<typeof FIELDS> | CumulativeDistribution<typeof FIELDS>;

/** A metric of ours with so many cells, and the flush that sends them. */
export class OurMetrics {
  private readonly metric: OurMetric;
  private readonly ourFlush: OurFlush;
  private samples = 0;

  constructor(
    kind: Kind,
    private readonly cells: number,
    monitor: Monitor = new AcceptingMonitor(),
  ) {
    const registry = roomyRegistry(cells);
    const options = { description: 'What the benchmark records.', fields: FIELDS, registry };
    this.metric =
      kind === 'counters'
        ? new Counter('bench/requests', options)
        : new CumulativeDistribution('bench/durations', options);
    this.ourFlush = new OurFlush(registry, monitor);
  }

  /** Adds so often to every cell. */
  record(times: number): void {
    const { metric } = this;
    for (const end = this.samples + times; this.samples < end; this.samples++) {
      for (let cell = 0; cell < this.cells; cell++) {
        if (metric instanceof Counter) {
          metric.add(1, labelsOf(cell));
        } else {
          metric.add(sampleOf(cell, this.samples), labelsOf(cell));
        }
      }
    }
  }

  /** Adds once to so many cells, all over the metric. */
  recordSome(cells: number): void {
    for (let i = 0; i < cells; i++) {
      this.metric.add(1, labelsOf(Math.floor((i * this.cells) / cells)));
    }
  }

  /** The time of the last flush, in milliseconds since the epoch. */
  now(): number {
    return this.ourFlush.now();
  }

  async flush(): Promise<void> {
    await this.ourFlush.run(this.cells);
  }

  /** Flushes only cells that are not quiet, of which there are so many. */
  async flushDue(cells: number): Promise<void> {
    await this.ourFlush.runDue(cells);
  }

  /** The sum of all counters, and the number of all samples. */
  recorded(): number {
    let recorded = 0;
    for (let cell = 0; cell < this.cells; cell++) {
      const value = this.metric.get(labelsOf(cell)) ?? 0;
      recorded += typeof value === 'number' ? value : value.count;
    }
    return recorded;
  }
}
