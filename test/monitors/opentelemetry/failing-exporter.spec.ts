import { describe, expect, it } from 'vitest';
import type { OpenTelemetryExporter } from '../../../lib/monitors/opentelemetry/opentelemetry-exporter.js';
import { OpenTelemetryMonitor } from '../../../lib/monitors/opentelemetry/opentelemetry-monitor.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { cell, endTime, queue } from './cells.js';
import { FakeExporter } from './fake-exporter.js';
import { never, byNumber } from './sends-by-number.js';

describe('an exporter that fails', () => {
  it.each<[string, Partial<OpenTelemetryExporter>, string]>([
    ['says so', { export: (_, done) => done({ code: 1, error: new Error('no') }) }, 'failed: no'],
    ['says so without a reason', { export: (_, done) => done({ code: 1 }) }, 'does not say why'],
    ['says nothing', { export: (_, done) => done(undefined as never) }, 'does not say why'],
    [
      'throws',
      {
        export: () => {
          throw new TypeError('broken');
        },
      },
      'failed: broken',
    ],
    ['rejects', { export: () => Promise.reject(new Error('late')) as unknown as void }, 'late'],
    [
      'has an error without a message',
      {
        export: (_, done) =>
          done({ code: 1, error: Object.assign(new Error(''), { name: 'Odd', code: 503 }) }),
      },
      'Odd: 503',
    ],
    [
      'quotes a protobuf',
      {
        export: (_, done) =>
          done({
            code: 1,
            error: Object.assign(new Error('Bad Request'), {
              code: 500,
              data: '\u0008\u0003\u0012\u0014no project\uFFFD\n',
            }),
          }),
      },
      'Bad Request: 500: no project',
    ],
  ])('and %s rejects the send', async (_, part, message) => {
    const monitor = new OpenTelemetryMonitor({
      exporter: Object.assign(new FakeExporter(), part),
    });
    await expect(monitor.send([cell(queue, 1)], endTime, never)).rejects.toThrow(message);
  });

  it.each<[string, unknown, 'retry' | 'unknown']>([
    ['refused by HTTP', Object.assign(new Error('no'), { code: 403 }), 'retry'],
    ['refused by gRPC', Object.assign(new Error('no'), { code: 7 }), 'retry'],
    ['not connected', Object.assign(new Error('no'), { code: 'ECONNREFUSED' }), 'retry'],
    ['in trouble', Object.assign(new Error('no'), { code: 503 }), 'unknown'],
    ['out of reach', Object.assign(new Error('no'), { code: 14 }), 'unknown'],
    ['cut off', Object.assign(new Error('no'), { code: 'ECONNRESET' }), 'unknown'],
    [
      'sent a reply that is too large',
      Object.assign(new Error('8 RESOURCE_EXHAUSTED: Received message larger than max'), {
        code: 8,
      }),
      'unknown',
    ],
    ['wordless', undefined, 'unknown'],
    ['without a text', Object.create(null), 'unknown'],
  ])(
    'F7 for one of several targets, %s, tells the outcome of its cells: %#',
    async (_, error, outcome) => {
      const exporter = new FakeExporter();
      exporter.answer = ({ resource }, done) =>
        done(
          resource.attributes['service.instance.id'] === 'v1/1'
            ? { code: 1, error: error as Error }
            : { code: 0 },
        );
      const monitor = new OpenTelemetryMonitor({ exporter, clock: new ManualClock() });
      const { rejected } = await monitor.send(byNumber(3), endTime, never);
      expect(rejected).toEqual([{ index: 1, reason: expect.any(String), outcome }]);
    },
  );

  it('F7 and was refused only at a second attempt leaves the outcome unknown', async () => {
    const clock = new ManualClock();
    const exporter = new FakeExporter();
    exporter.answer = (_, done) => {
      clock.advance(800);
      done({ code: 1, error: Object.assign(new Error('no'), { code: 403 }) });
    };
    const monitor = new OpenTelemetryMonitor({ exporter, clock });
    await expect(monitor.send(byNumber(2), endTime, never)).rejects.toThrow('no: 403');
  });

  it('F7 and reports a success with an error leaves the outcome unknown', async () => {
    const exporter = new FakeExporter();
    exporter.answer = (_, done) =>
      done({ code: 0, error: Object.assign(new Error('after all'), { code: 403 }) });
    const monitor = new OpenTelemetryMonitor({ exporter });
    await expect(monitor.send(byNumber(2), endTime, never)).rejects.toThrow(
      'called a success what has the error "Error: after all"',
    );
  });

  it('and calls back twice is believed the first time', async () => {
    const exporter = new FakeExporter();
    exporter.answer = (_, done) => {
      done({ code: 0 });
      done({ code: 1, error: new Error('after all') });
    };
    const monitor = new OpenTelemetryMonitor({ exporter });
    expect(await monitor.send([cell(queue, 1)], endTime, never)).toEqual({ rejected: [] });
  });
});
