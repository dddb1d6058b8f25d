import { OurMetrics } from '../our-metrics.js';
import { promLabels, PromMetrics } from '../prom-metrics.js';
import { labelsOf, SAMPLES_PER_CELL, sampleOf } from '../workload.js';

/** Cells that stay in memory. */
export interface Holder {
  /** How much was recorded into them. */
  recorded(): number | Promise<number>;
}

export type HolderName = `${'ours' | 'prom'}-${'counters' | 'distributions'}`;

/**
 * Each makes so many cells of one metric, and exports them once. As in an application, nobody else keeps the
 * objects with the labels.
 */
export const HOLDERS: Readonly<Record<HolderName, (cells: number) => Promise<Holder>>> = {
  'ours-counters': async cells => {
    const metrics = new OurMetrics('counters', cells);
    metrics.record(1);
    await metrics.flush();
    return metrics;
  },
  'ours-distributions': async cells => {
    const metrics = new OurMetrics('distributions', cells);
    metrics.record(SAMPLES_PER_CELL);
    await metrics.flush();
    return metrics;
  },
  'prom-counters': async cells => {
    const metrics = new PromMetrics();
    const counter = metrics.counter('bench_requests');
    for (let cell = 0; cell < cells; cell++) {
      counter.inc(promLabels(labelsOf(cell)), 1);
    }
    await metrics.text();
    return metrics;
  },
  'prom-distributions': async cells => {
    const metrics = new PromMetrics();
    const histogram = metrics.histogram('bench_durations');
    for (let sample = 0; sample < SAMPLES_PER_CELL; sample++) {
      for (let cell = 0; cell < cells; cell++) {
        histogram.observe(promLabels(labelsOf(cell)), sampleOf(cell, sample));
      }
    }
    await metrics.text();
    return metrics;
  },
};
