import { describe, expect, it, onTestFinished } from 'vitest';
import { TsmonMetricReader } from '../../../lib/sources/opentelemetry/tsmon-metric-reader.js';
import type { Cell } from '../../../lib/store/cell.js';
import { ACCEPT } from '../../flush/quiet-cells.js';
import { SeededRandom } from '../../support/seeded-random.js';
import { setUp } from '../flushed-source.js';
import { SDKS } from './sdk-versions.js';

const RETRY = (cells: readonly Cell[]) => ({
  rejected: cells.map((_, index) => ({ index, reason: 'no', outcome: 'retry' as const })),
});

describe.each(SDKS)('the streams of an exponential histogram of OpenTelemetry SDK %s', (_, sdk) => {
  function start() {
    const reader = new TsmonMetricReader();
    const aggregation = { type: sdk.AggregationType.EXPONENTIAL_HISTOGRAM } as const;
    const provider = new sdk.MeterProvider({
      readers: [reader],
      views: [{ instrumentName: '*', aggregation }],
    });
    onTestFinished(() => provider.shutdown());
    return { histogram: provider.getMeter('shop').createHistogram('sizes'), ...setUp([reader]) };
  }

  it('begin anew with other bounds, and with the samples that were not yet accepted', async () => {
    const { histogram, flush } = start();
    [0, 1, 1.1].forEach(sample => histogram.record(sample));
    const [before] = await flush();
    [2, 1e6].forEach(sample => histogram.record(sample));
    const [after] = await flush();
    expect(after!.resetTime).toBeGreaterThan(before!.resetTime);
    expect(after!.value).toMatchObject({ count: 2, sum: 1_000_002 });
  });

  it('F7 bring each sample once, whatever fails and whenever the number changes', async () => {
    const random = new SeededRandom(7);
    const { histogram, flush, receiver, changeNumber } = start();
    let recorded = 0;
    for (let round = 0; round < 60; round++) {
      for (let i = random.below(4); i > 0; i--) {
        histogram.record(random.below(5) === 0 ? 0 : 10 ** (random.below(round + 1) / 10 - 2));
        recorded += 1;
      }
      receiver.answer = random.below(3) === 0 ? RETRY : ACCEPT;
      if (random.below(10) === 0) {
        changeNumber();
      }
      await flush();
    }
    receiver.answer = ACCEPT;
    await flush();
    expect(recorded).toBeGreaterThan(60);
    expect(receiver.total('sizes')).toBe(recorded);
  });
});
