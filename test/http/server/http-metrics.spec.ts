import { describe, expect, it } from 'vitest';
import { HttpMetrics } from '../../../lib/http/server/http-metrics.js';
import { httpOptions } from '../../../lib/http/server/http-options.js';
import { Bucketer } from '../../../lib/metrics/bucketer.js';
import { Registry } from '../../../lib/metrics/registry.js';
import { storeOf } from '../../../lib/store/in-memory-store.js';
import { heapMegabytes } from '../../support/heap.js';
import { cats, CatsController, slowEntered } from './cats.js';
import { cells } from './cells.js';
import { ask, closeAfterEach, dial, PLATFORMS, recordedRequests, until } from './harness.js';

const LONG = { timeout: 60_000 };

describe('HttpMetrics', () => {
  const namesOf = (registry: Registry): string[] =>
    registry.instanceMetrics().map(({ name }) => name);

  it('are the four of luci-go by default, with its fields', () => {
    const registry = new Registry();
    expect(new HttpMetrics(registry).inFlight).toBe(undefined);
    expect(registry.instanceMetrics().map(metric => metric.describe().split(';')[0])).toEqual([
      'CumulativeDistribution "http/server_durations" (status: int, name: string, is_robot: bool',
      'Counter "http/server_response_status" (status: int, name: string, is_robot: bool',
      'CumulativeDistribution "http/server_request_bytes" (status: int, name: string, is_robot: bool',
      'CumulativeDistribution "http/server_response_bytes" (status: int, name: string, is_robot: bool',
    ]);
  });

  it.each([
    ['durations', 'http/server_durations'],
    ['status', 'http/server_response_status'],
    ['requestBytes', 'http/server_request_bytes'],
    ['responseBytes', 'http/server_response_bytes'],
  ])('do not have %s where it is switched off', (option, name) => {
    const registry = new Registry();
    const settings = httpOptions.check({ metrics: { [option]: false } }, 'http');
    const metrics = new HttpMetrics(registry, settings);
    metrics.record({
      status: 200,
      name: '/a',
      userAgent: undefined,
      durationMs: 1,
      requestBytes: 1,
      responseBytes: 1,
    });
    metrics.recordStatus(400);
    expect(namesOf(registry)).toHaveLength(3);
    expect(namesOf(registry)).not.toContain(name);
    expect(cells(registry).length).toBe(option === 'status' ? 3 : 4);
    expect(cells(registry).filter(cell => cell.startsWith(`${name} `))).toEqual([]);
  });

  it('have the bucketers of the options', () => {
    const durations = Bucketer.fixedWidth(10, 2);
    const bytes = Bucketer.geometric(2, 2);
    const settings = httpOptions.check({ bucketers: { durations, bytes } }, 'http');
    const metrics = new HttpMetrics(new Registry(), settings);
    expect(metrics.durations.bucketer).toBe(durations);
    expect(metrics.requestBytes.bucketer).toBe(bytes);
    expect(metrics.responseBytes.bucketer).toBe(bytes);
  });

  it(
    'R3 remember no more cells than a metric has, and record into the right one all the same',
    LONG,
    async () => {
      const registry = new Registry();
      storeOf(registry).cellsPerMetric = 100;
      const settings = httpOptions.check(
        { fields: { tenant: 'string' }, fieldValues: () => ({}) },
        'http',
      );
      const metrics = new HttpMetrics(registry, settings);
      const record = (tenant: string): void =>
        metrics.record({ status: 200, name: '/', userAgent: '', added: [tenant], durationMs: 1 });
      record('first');
      const before = await heapMegabytes();
      for (let i = 0; i < 12_000; i++) {
        record(`${i}`.padEnd(1000));
      }
      record('first');
      expect((await heapMegabytes()) - before).toBeLessThan(40);
      const fields = { status: 200, name: '/', is_robot: false, tenant: 'first' };
      expect(metrics.responseStatus.get(fields)).toBe(2);
      expect(cells(registry).length).toBe(200);
    },
  );
});

describe.each(PLATFORMS)('http/server_in_flight on %s', platform => {
  closeAfterEach();

  const inFlight = (served: Parameters<typeof recordedRequests>[0]): string | undefined =>
    cells(served.registry).find(cell => cell.startsWith('http/server_in_flight'));

  it('is the number of requests that are under way', async () => {
    const served = await cats(platform, { http: { metrics: { inFlight: true } } });
    expect(inFlight(served)).toBe('http/server_in_flight : 0');
    const first = slowEntered();
    const slow = ask(served.port, '/cats/slow');
    await first;
    expect(inFlight(served)).toBe('http/server_in_flight : 1');
    await ask(served.port, '/cats');
    await ask(served.port, '/nowhere');
    await ask(served.port, '/cats/skipped');
    const { socket } = await dial(served.port);
    const second = slowEntered();
    const release = CatsController.release;
    socket.write('GET /cats/slow HTTP/1.1\r\nHost: x\r\n\r\n');
    await second;
    expect(inFlight(served)).toBe('http/server_in_flight : 2');
    socket.destroy();
    await until(() => inFlight(served) === 'http/server_in_flight : 1', 'the end of the second');
    release();
    await slow;
    await until(() => inFlight(served) === 'http/server_in_flight : 0', 'the end of the first');
  });

  it('does not count ignored paths, and counts nothing with enabled: false', async () => {
    for (const http of [{ ignore: ['/cats/slow'] }, { enabled: false }]) {
      const served = await cats(platform, { http: { ...http, metrics: { inFlight: true } } });
      const entered = slowEntered();
      const slow = ask(served.port, '/cats/slow');
      await entered;
      expect(inFlight(served)).toBe('http/server_in_flight : 0');
      CatsController.release();
      await slow;
    }
  });
});
