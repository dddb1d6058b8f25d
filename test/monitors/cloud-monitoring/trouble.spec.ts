import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { CumulativeDistribution } from '../../../lib/metrics/cumulative-distribution.js';
import { TimeSeriesWriter } from '../../../lib/monitors/cloud-monitoring/time-series.js';
import { at, cell, distribution, hits, orderCells, registry, tenths } from './cells.js';
import { monitorOf, send, startServer } from './monitors.js';
import { reasonToRetry } from '../reason-to-retry.js';

describe('a server with a fault', () => {
  it('F2 that hangs costs the flush its time and nothing more', async () => {
    const server = await startServer();
    server.answers = ['hang'];
    const monitor = monitorOf(server);
    const deadline = new AbortController();
    const sending = monitor.send(orderCells(450), at(1), deadline.signal);
    await vi.waitFor(() => expect(server.requests).toHaveLength(1));
    deadline.abort(new Error('The time is over.'));
    await expect(sending).rejects.toThrow('The time is over.');
    await vi.waitFor(async () => expect(await server.connections).toBe(0));
    expect(server.requests).toHaveLength(1);
    server.answers = [];
    expect(await send(monitor, orderCells(450), at(3))).toEqual({ rejected: [] });
  });

  it('that hangs up leaves the outcome unknown', async () => {
    const server = await startServer();
    server.answers = ['hang up'];
    await expect(send(monitorOf(server), [cell(hits, 1)], at(1))).rejects.toThrow(
      `No answer of ${server.endpoint}: socket hang up`,
    );
  });

  it('F7 that is not there has surely written nothing', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const monitor = monitorOf({ endpoint: `http://127.0.0.1:${port}` });
    expect(await reasonToRetry(send(monitor, [cell(hits, 1)], at(1)))).toContain('ECONNREFUSED');
  });

  it('F7 whose name nobody knows has surely written nothing', async () => {
    const monitor = monitorOf({ endpoint: 'https://nowhere.invalid' });
    const reason = await reasonToRetry(send(monitor, [cell(hits, 1)], at(1)));
    expect(reason).toMatch(/No connection to https:\/\/nowhere\.invalid: .*(ENOTFOUND|EAI_AGAIN)/);
  });

  it('F7 that does not show a certificate has surely written nothing', async () => {
    const server = await rawServer('SSH-2.0-OpenSSH\r\n');
    try {
      const { port } = server.address() as AddressInfo;
      const monitor = monitorOf({ endpoint: `https://127.0.0.1:${port}` });
      const reason = await reasonToRetry(send(monitor, [cell(hits, 1)], at(1)));
      expect(reason).toContain(`No connection to https://127.0.0.1:${port}`);
    } finally {
      server.close();
    }
  });

  it('F7 that hangs up on a connection that was used before leaves the outcome unknown', async () => {
    const server = await startServer();
    server.answers = [{ status: 200, body: {} }, 'hang up'];
    const { rejected } = await send(monitorOf(server), orderCells(400), at(1));
    expect(rejected.map(({ index, outcome }) => [index, outcome])).toEqual(
      Array.from({ length: 200 }, (_, i) => [200 + i, 'unknown']),
    );
    expect(await server.connections).toBeLessThan(2);
  });

  it.each([
    ['a page', { status: 200, body: '<html>Welcome to the hotel</html>' }],
    ['another JSON', { status: 200, body: { ok: true } }],
    ['an error inside an OK', { status: 200, body: { error: { code: 7, message: 'No.' } } }],
    ['a bad status inside an OK', { status: 200, body: { status: { code: 13, message: 'No.' } } }],
    ['a bare status inside an OK', { status: 200, body: { code: 3, message: 'No.' } }],
    ['an error that is a text', { status: 200, body: { error: 'No.' } }],
    ['an array', { status: 500, body: [{ error: { code: 500, message: 'No.' } }] }],
    ['half of a JSON', { status: 400, body: '{"error":{"code":400,"mess' }],
    ['nulls', { status: 400, body: '{"error":{"message":null,"details":[null,1,{"@type":7}]}}' }],
    ['two errors', { status: 400, body: [{ error: { code: 400, message: 'No.' } }, {}] }],
    ['null', { status: 200, body: 'null' }],
    ['nothing but a status', { status: 500, body: '' }],
    ['a redirection', { status: 302, body: '' }],
  ])('F7 that answers %s leaves the outcome unknown', async (_, answer) => {
    const server = await startServer();
    server.answers = [answer];
    await expect(send(monitorOf(server), [cell(hits, 1)], at(1))).rejects.toThrow(
      'It is not known what Cloud Monitoring has written',
    );
  });

  it.each([
    ['a page of a proxy', { status: 403, body: '<html>No.</html>' }],
    ['nothing but a status', { status: 401, body: '' }],
    ['an error that is a text', { status: 404, body: { error: 'No.' } }],
    ['an error in an array', { status: 400, body: [{ error: { code: 400, message: 'No.' } }] }],
  ])('F7 that refuses by %s has surely written nothing', async (_, answer) => {
    const server = await startServer();
    server.answers = [answer];
    expect(await reasonToRetry(send(monitorOf(server), [cell(hits, 1)], at(1)))).toContain(
      'Cloud Monitoring refused a request',
    );
  });

  it('that speaks no HTTP, or without end, fails the send', async () => {
    for (const words of ['SSH-2.0-OpenSSH\r\n', endless()]) {
      const server = await rawServer(words);
      try {
        const { port } = server.address() as AddressInfo;
        const monitor = monitorOf({ endpoint: `http://127.0.0.1:${port}` });
        await expect(send(monitor, [cell(hits, 1)], at(1))).rejects.toThrow('No answer of');
      } finally {
        server.close();
      }
    }
  });
});

describe('a monitor', () => {
  it('takes 200 cells at a time, and sends more in several requests', async () => {
    const server = await startServer();
    const monitor = monitorOf(server);
    expect(monitor.chunkSize).toBe(200);
    expect(await send(monitor, orderCells(1001), at(1))).toEqual({ rejected: [] });
    expect(server.requests).toHaveLength(6);
    expect(server.written).toHaveLength(1001);
  });

  it('sends nothing without cells, or after an abort', async () => {
    const server = await startServer();
    const monitor = monitorOf(server);
    expect(await send(monitor, [], at(1))).toEqual({ rejected: [] });
    const signal = AbortSignal.abort(new Error('Too late.'));
    await expect(monitor.send([cell(hits, 1)], at(1), signal)).rejects.toThrow('Too late.');
    expect(server.requests).toHaveLength(0);
  });

  it('can be aborted while it waits for a token', async () => {
    const server = await startServer();
    const auth = { getRequestHeaders: () => new Promise<never>(() => {}) };
    const deadline = new AbortController();
    const sending = monitorOf(server, { auth }).send([cell(hits, 1)], at(1), deadline.signal);
    deadline.abort(new Error('The time is over.'));
    await expect(sending).rejects.toThrow('The time is over.');
    expect(server.requests).toHaveLength(0);
  });

  it('that is closed says so', async () => {
    const server = await startServer();
    const monitor = monitorOf(server);
    await monitor.close();
    await expect(send(monitor, [cell(hits, 1)], at(1))).rejects.toThrow(
      'This CloudMonitoringMonitor is closed.',
    );
  });

  it('keeps a connection within a flush, and none to the next', async () => {
    const server = await startServer();
    const monitor = monitorOf(server);
    await send(monitor, orderCells(600), at(1));
    expect(await server.connections).toBe(1);
    await vi.waitFor(async () => expect(await server.connections).toBe(0));
    expect(await send(monitor, orderCells(600), at(10))).toEqual({ rejected: [] });
  });

  it('F9 lets other work go first while it writes 20,000 cells, many chunks at a time', async () => {
    const server = await startServer();
    const monitor = monitorOf(server);
    const cells = orderCells(20_000);
    const chunks = Array.from({ length: 100 }, (_, i) => cells.slice(i * 200, i * 200 + 200));
    const writer = vi.spyOn(TimeSeriesWriter.prototype, 'begin');
    const perTurn: number[] = [];
    const count = (): void => {
      perTurn.push(writer.mock.calls.length);
      writer.mockClear();
      timer = setImmediate(count);
    };
    let timer = setImmediate(count);
    try {
      await Promise.all(chunks.map(chunk => send(monitor, chunk, at(1))));
    } finally {
      clearImmediate(timer);
      writer.mockRestore();
    }
    // Not a measure of time: without turns all would be written in one.
    expect(Math.max(...perTurn)).toBeLessThan(20_000);
    expect(server.written).toHaveLength(20_000);
  }, 60_000);

  it('carries distributions that change while they are sent, each consistent in itself', async () => {
    const server = await startServer();
    const fields = { i: 'int' } as const;
    const metric = new CumulativeDistribution('m/live', { registry, bucketer: tenths, fields });
    const values = Array.from({ length: 1001 }, (_, i) => distribution(tenths, i));
    const cells = values.map((value, i) => cell(metric, value, [i]));
    let timer = setImmediate(function change(): void {
      values.forEach((value, i) => value.add(i % 50));
      timer = setImmediate(change);
    });
    try {
      expect(await send(monitorOf(server), cells, at(1))).toEqual({ rejected: [] });
    } finally {
      clearImmediate(timer);
    }
    expect(server.refused).toEqual([]);
    const counts = server.written.map(({ points }) => points[0].value.distributionValue!.count);
    expect(new Set(counts).size).toBeGreaterThan(1);
  });
});

async function rawServer(words: string | (() => string)): Promise<Server> {
  const server = createServer(socket => {
    socket.on('error', () => undefined);
    if (typeof words === 'string') {
      socket.end(words);
      return;
    }
    const more = (): void => {
      while (!socket.destroyed && socket.write(words())) {
        // until it is full
      }
    };
    socket.on('drain', more);
    more();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function endless(): () => string {
  let isFirst = true;
  return () => {
    const head = isFirst ? 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n' : '';
    isFirst = false;
    return head + ' '.repeat(65_536);
  };
}
