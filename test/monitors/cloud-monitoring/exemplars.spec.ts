import { describe, expect, it } from 'vitest';
import { isoMicros } from '../../../lib/monitors/iso-micros.js';
import type { Exemplar } from '../../../lib/store/cell.js';
import { at, cell, distribution, durations } from './cells.js';
import { received } from './received-series.js';

const fast: Exemplar = {
  value: 5.5,
  timestamp: at(0.25),
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
};
const slow: Exemplar = { ...fast, value: 1e21, spanId: '00f067aa0ba902b8' };

describe('the exemplars of a cell in Cloud Monitoring', () => {
  it('have the trace as an attachment', async () => {
    const value = distribution(durations.bucketer, 5.5, 1e21);
    const [series] = await received({ ...cell(durations, value), exemplars: [fast, slow] });
    const attachment = (spanName: string): object => ({
      '@type': 'type.googleapis.com/google.monitoring.v3.SpanContext',
      spanName,
    });
    expect(series?.points[0].value.distributionValue).toMatchObject({
      count: '2',
      bucketCounts: ['0', '1', '0', '0', '1'],
      exemplars: [
        {
          value: 5.5,
          timestamp: isoMicros(fast.timestamp),
          attachments: [
            attachment(
              'projects/my-shop/traces/4bf92f3577b34da6a3ce929d0e0e4736/spans/00f067aa0ba902b7',
            ),
          ],
        },
        {
          value: 1e21,
          timestamp: isoMicros(slow.timestamp),
          attachments: [
            attachment(
              'projects/my-shop/traces/4bf92f3577b34da6a3ce929d0e0e4736/spans/00f067aa0ba902b8',
            ),
          ],
        },
      ],
    });
  });

  it('are left out if there are none', async () => {
    const [series] = await received(cell(durations, distribution(durations.bucketer, 5)));
    expect(series?.points[0].value.distributionValue).not.toHaveProperty('exemplars');
  });
});
