import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { IntGauge } from '../../../lib/metrics/gauge.js';
import { Registry } from '../../../lib/metrics/registry.js';
import { ProdXMonitor } from '../../../lib/monitors/prodx/prodx-monitor.js';
import type { ProdXMonitorOptions } from '../../../lib/monitors/prodx/prodx-options.js';
import { cell, endTime, queue } from '../debug/cells.js';
import { reasonToRetry } from '../reason-to-retry.js';
import {
  endAll,
  alive,
  ends,
  startServer,
  monitorOf,
  pair,
  startRawServer,
  someCells,
} from './prodx-pairs.js';

afterEach(endAll);

describe('a ProdXMonitor', () => {
  it('takes 200 cells at a time', () => {
    expect(new ProdXMonitor({ endpoint: 'localhost:1' }).chunkSize).toBe(200);
  });

  it('sends cells in one request for each call, without credentials if it is insecure', async () => {
    const [monitor, server] = await pair();
    expect(await monitor.send(someCells, endTime, alive)).toEqual({ rejected: [] });
    expect(server.received).toHaveLength(1);
    const [{ collections, metadata }] = server.received as [(typeof server.received)[0]];
    const { metric_name, data } = collections[0]!.metrics_data_set[0]!;
    expect(metric_name).toBe('/chrome/infra/shop/queue');
    expect(data).toMatchObject([{ int64_value: '5' }, { int64_value: '6' }]);
    expect(metadata.get('authorization')).toEqual([]);
  });

  it('uses the prefix that it is given', async () => {
    const server = await startServer();
    const options = { endpoint: server.endpoint, insecure: true, metricNamePrefix: '/mine/' };
    const monitor = new ProdXMonitor(options);
    ends.push(() => monitor.close());
    await monitor.send(someCells, endTime, alive);
    expect(server.received[0]!.collections[0]!.metrics_data_set[0]!.metric_name).toBe(
      '/mine/shop/queue',
    );
  });

  it('rejects broken cells, and sends the others', async () => {
    const [monitor, server] = await pair();
    const cells = [cell(queue, NaN), cell(queue, 1)];
    expect(await monitor.send(cells, endTime, alive)).toEqual({
      rejected: [{ index: 0, reason: expect.stringContaining('NaN'), outcome: 'refused' }],
    });
    expect(server.received[0]!.collections[0]!.metrics_data_set[0]!.data).toHaveLength(1);
  });

  it('makes no call without cells', async () => {
    const [monitor, server] = await pair();
    expect(await monitor.send([], endTime, alive)).toEqual({ rejected: [] });
    expect((await monitor.send([cell(queue, NaN)], endTime, alive)).rejected).toHaveLength(1);
    expect(server.received).toEqual([]);
  });

  it('sends several at a time, and megabytes', async () => {
    const [monitor, server] = await pair();
    const metric = new IntGauge('wide', { registry: new Registry(), fields: { text: 'string' } });
    const wide = Array.from({ length: 300 }, (_, i) => cell(metric, i, ['x'.repeat(10_000) + i]));
    await Promise.all(
      [1, 2, 3, 4].map(i => monitor.send([...wide, cell(queue, i)], endTime, alive)),
    );
    const sizes = server.received.map(({ collections }) =>
      collections[0]!.metrics_data_set.map(({ data }) => data.length),
    );
    expect(sizes).toEqual([1, 2, 3, 4].map(() => [300, 1]));
    const numbers = server.received.map(
      ({ collections }) => collections[0]!.metrics_data_set[1]!.data[0]!.int64_value,
    );
    expect(numbers.toSorted()).toEqual(['1', '2', '3', '4']);
  });
});

it('a ProdXMonitor replaces a dead connection after three calls, though others still wait', async () => {
  const server = await startServer();
  const through: Socket[] = [];
  let swallowing = 0;
  const endpoint = await startRawServer(socket => {
    const upstream = connect(server.port, '127.0.0.1');
    upstream.on('error', () => undefined);
    through.push(upstream);
    ends.push(() => upstream.destroy());
    const isSwallowed = (): boolean => through.indexOf(upstream) < swallowing;
    socket.on('data', data => isSwallowed() || upstream.write(data));
    upstream.on('data', data => isSwallowed() || socket.write(data));
  });
  const monitor = monitorOf(endpoint);
  await monitor.send(someCells, endTime, alive);
  expect(through).toHaveLength(1);

  swallowing = 1;
  const hanging = new AbortController();
  const hung = [1, 2, 3].map(() => monitor.send(someCells, endTime, hanging.signal));
  const sendBriefly = (): Promise<unknown> =>
    monitor.send(someCells, endTime, AbortSignal.timeout(50));
  for (let i = 0; i < 3; i++) {
    await expect(sendBriefly()).rejects.toThrow('timeout');
    expect(through).toHaveLength(1);
  }
  await monitor.send(someCells, endTime, alive);
  expect(through).toHaveLength(2);
  expect(server.received).toHaveLength(2);
  // What fails on the former connection says nothing of the new one.
  const settled = Promise.allSettled(hung);
  hanging.abort(new Error('at last'));
  expect((await settled).map(({ status: outcome }) => outcome)).not.toContain('fulfilled');
  await monitor.send(someCells, endTime, alive);
  expect(through).toHaveLength(2);
});

it('each ProdXMonitor has a connection of its own', async () => {
  let connections = 0;
  const endpoint = await startRawServer(socket => {
    connections += 1;
    socket.destroy();
  });
  for (const monitor of [monitorOf(endpoint), monitorOf(endpoint)]) {
    expect(await reasonToRetry(monitor.send(someCells, endTime, alive))).toContain('UNAVAILABLE');
  }
  expect(connections).toBe(2);
});

describe('close()', () => {
  it('may be called before the first send, and twice', async () => {
    const monitor = monitorOf('localhost:1');
    await monitor.close();
    await expect(monitor.close()).resolves.toBeUndefined();
  });

  it('ends calls in flight, and later ones say that it is closed', async () => {
    const [monitor, server] = await pair();
    server.answer = () => undefined;
    const failures = [1, 2].map(() => monitor.send(someCells, endTime, alive));
    const settled = Promise.allSettled(failures);
    await vi.waitFor(() => expect(server.received).toHaveLength(2));
    await monitor.close();
    for (const result of await settled) {
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { message: `Sending to ProdX at ${server.endpoint} failed: the monitor is closed` },
      });
    }
    for (const cells of [someCells, []]) {
      await expect(monitor.send(cells, endTime, alive)).rejects.toThrow(
        `The ProdXMonitor for ${server.endpoint} is closed.`,
      );
    }
    expect(server.received).toHaveLength(2);
  });

  it('ends a first send that was just called', async () => {
    const [monitor, server] = await pair();
    const failure = monitor.send(someCells, endTime, alive);
    const [reason] = await Promise.all([reasonToRetry(failure), monitor.close()]);
    expect(reason).toContain('is closed');
    expect(server.received).toEqual([]);
  });
});

describe('the options', () => {
  const credentials = { getRequestHeaders: async () => ({}) };

  it.each<ProdXMonitorOptions>([
    { endpoint: 'prodxmon-pa.googleapis.com:443' },
    { endpoint: '[::1]:50051', insecure: true },
    { endpoint: '127.0.0.1:65535', credentials, insecure: false },
    { endpoint: 'localhost:1', metricNamePrefix: '/' },
    { endpoint: 'localhost:1', metricNamePrefix: '/a_b/c-d/' },
    { endpoint: 'localhost:1', credentials: undefined, metricNamePrefix: undefined },
  ])('%o are valid, and open no connection', options => {
    expect(new ProdXMonitor(options)).toBeInstanceOf(ProdXMonitor);
  });

  it.each<[unknown, RegExp]>([
    [undefined, /endpoint must be a string, "host:port", .* got undefined/],
    [null, /^ProdXMonitor options must be an object, got null\.$/],
    [{}, /^Option ProdXMonitor\.endpoint must be a string, "host:port", .* got undefined\.$/],
    [{ endpoint: 443 }, /got 443/],
    [{ endpoint: 'https://prodxmon-pa.googleapis.com:443' }, /without "https:\/\/"/],
    [{ endpoint: 'prodxmon-pa.googleapis.com' }, /"host:port"/],
    [{ endpoint: 'a:b' }, /"host:port"/],
    [{ endpoint: 'a:65536' }, /"host:port"/],
    [{ endpoint: '::1:443' }, /"host:port"/],
    [
      { endpoint: 'a:1', insecure: 'yes' },
      /ProdXMonitor\.insecure must be true or false, got "yes"/,
    ],
    [{ endpoint: 'a:1', metricNamePrefix: 5 }, /metricNamePrefix must be a string, .* got 5/],
    [{ endpoint: 'a:1', metricNamePrefix: '' }, /metricNamePrefix must be like "\/my\/prefix\/"/],
    [{ endpoint: 'a:1', metricNamePrefix: 'chrome/' }, /got "chrome\/"/],
    [{ endpoint: 'a:1', metricNamePrefix: '/chrome' }, /got "\/chrome"/],
    [{ endpoint: 'a:1', metricNamePrefix: '/a b/' }, /got "\/a b\/"/],
    [{ endpoint: 'a:1', credentials: {} }, /credentials .* getRequestHeaders/],
    [{ endpoint: 'a:1', credentials: null }, /credentials .* getRequestHeaders/],
    [{ endpoint: 'a:1', credentials: 'key.json' }, /credentials .* getRequestHeaders/],
    [
      { endpoint: 'a:1', credentials, insecure: true },
      /ProdXMonitor\.insecure must be false beside credentials/,
    ],
    [
      { endpoint: 'a:1', chunkSize: 5 },
      /Unknown option "chunkSize" in ProdXMonitor options; it has endpoint/,
    ],
  ])('%o are refused', (options, message) => {
    expect(() => new ProdXMonitor(options as ProdXMonitorOptions)).toThrow(message);
  });
});
