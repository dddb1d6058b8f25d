import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Bucketer } from '../../lib/metrics/bucketer.js';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { Distribution } from '../../lib/metrics/distribution.js';
import { Registry } from '../../lib/metrics/registry.js';
import { PROMETHEUS_CONTENT_TYPE, prometheusText } from '../../lib/prometheus/prometheus-text.js';
import { cell, endTime, task } from '../monitors/opentelemetry/cells.js';
import { prometheusMissing, startPrometheus, type Prometheus } from './prometheus-tools.js';

const TIMEOUT_MS = 60_000;
/** None whose rank is a whole number of samples, where rounding would decide. */
const QUANTILES = [0.013, 0.257, 0.505, 0.903, 0.987];

/** Three instances that have nothing in common: a fast one, a slow one, and one that has done nothing yet. */
const INSTANCES = [
  { taskNum: 0, samples: spread(90, 1.2, 0.3) },
  { taskNum: 1, samples: spread(10, 1.7, 900) },
  { taskNum: 2, samples: [] },
];
const BUCKETERS = {
  a: Bucketer.default,
  b: Bucketer.geometric(10 ** 0.2, 34, 0.1),
  c: Bucketer.fixedWidth(250, 400),
};

function spread(count: number, growth: number, from: number): number[] {
  return Array.from({ length: count }, (_, i) => from * growth ** (i % 20));
}

describe.skipIf(prometheusMissing)('a real Prometheus that adds instances', () => {
  let page: Server;
  let prometheus: Prometheus;
  const registry = new Registry();
  const histograms = Object.entries(BUCKETERS).map(([name, bucketer]) => ({
    metric: new CumulativeDistribution(name, { registry, bucketer }),
    values: INSTANCES.map(() => withSamples(new Distribution(bucketer), [7])),
  }));

  beforeAll(async () => {
    page = createServer((_, response) => {
      const cells = histograms.flatMap(({ metric, values }) =>
        values.map((value, i) => cell(metric, value, [], task.withTaskNum(INSTANCES[i]!.taskNum))),
      );
      void prometheusText(cells, endTime).then(text =>
        response.setHeader('content-type', PROMETHEUS_CONTENT_TYPE).end(text),
      );
    }).listen(0, '127.0.0.1');
    await once(page, 'listening');
    prometheus = await startPrometheus(`127.0.0.1:${(page.address() as AddressInfo).port}`);
    await countOf('a', 3);
    for (const { values } of histograms) {
      values.forEach((value, i) => withSamples(value, INSTANCES[i]!.samples));
    }
    await countOf('a', 103);
  }, TIMEOUT_MS);

  afterAll(async () => {
    await prometheus?.stop();
    page.closeAllConnections();
    page.close();
  });

  async function countOf(name: string, count: number): Promise<void> {
    await vi.waitFor(async () => expect(await number(`sum(${name}_count)`)).toBe(count), {
      timeout: TIMEOUT_MS,
      interval: 200,
    });
  }

  async function number(promql: string): Promise<number> {
    const series = await prometheus.query(promql);
    expect(series).toHaveLength(1);
    return Number(series[0]!.value[1]);
  }

  it.each(Object.entries(BUCKETERS))(
    'finds in %s the quantiles of all samples together',
    async (name, bucketer) => {
      const samples = INSTANCES.flatMap(instance => instance.samples).sort((a, b) => a - b);
      const buckets = await prometheus.query(`sum by (le) (${name}_bucket)`);
      const written = new Set(buckets.map(({ metric }) => Number(metric.le)));
      const bounds = bucketer.lowerBounds.filter(bound => written.has(bound));
      expect(bounds).toHaveLength(written.size - 1);
      for (const quantile of QUANTILES) {
        const found = await number(
          `histogram_quantile(${quantile}, sum by (le) (rate(${name}_bucket[1m])))`,
        );
        const real = samples[Math.ceil(quantile * samples.length) - 1]!;
        const [from, to] = bucketAround(real, bounds);
        expect([quantile, found >= from && found <= to]).toEqual([quantile, true]);
      }
    },
  );
});

/** The bounds around a sample. Above the last bound Prometheus answers that bound. */
function bucketAround(sample: number, bounds: readonly number[]): [number, number] {
  const to = bounds.find(bound => bound > sample) ?? bounds.at(-1)!;
  return [bounds[bounds.indexOf(to) - 1] ?? 0, to];
}

function withSamples(distribution: Distribution, samples: readonly number[]): Distribution {
  samples.forEach(sample => distribution.add(sample));
  return distribution;
}
