import { type Socket } from 'node:net';
import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { cell, endTime, queue } from '../debug/cells.js';
import { reply } from './messages.js';
import { ok, ProdXServer } from './prodx-server.js';
import { reasonToRetry } from '../reason-to-retry.js';
import {
  endAll,
  alive,
  ends,
  monitorOf,
  pair,
  startRawServer,
  unusedEndpoint,
  someCells,
} from './prodx-pairs.js';

afterEach(endAll);

describe('F4 a send fails, with the endpoint in the message,', () => {
  it.each([
    [{ code: status.RESOURCE_EXHAUSTED, message: 'Quota “é”' }, 'the status 8: Quota “é”'],
    [{ code: -1 }, 'the status -1: '],
  ])('where an OK reply has the status %o', async (responseStatus, text) => {
    const [monitor, server] = await pair();
    server.answer = callback => callback(null, reply(responseStatus));
    await expect(monitor.send(someCells, endTime, alive)).rejects.toThrow(
      `Sending to ProdX at ${server.endpoint} failed: it replied with ${text}`,
    );
    server.answer = callback => callback(null, reply({ code: 0, message: 'fine' }));
    await expect(monitor.send(someCells, endTime, alive)).resolves.toEqual({ rejected: [] });
  });

  it.each([status.PERMISSION_DENIED, status.UNAUTHENTICATED])(
    'F7 where an OK reply has the status %i, which is about the caller: surely nothing was written',
    async code => {
      const [monitor, server] = await pair();
      server.answer = callback => callback(null, reply({ code, message: 'not you' }));
      expect(await reasonToRetry(monitor.send(someCells, endTime, alive))).toContain(
        `ProdX at ${server.endpoint} failed: it replied with the status ${code}: not you`,
      );
    },
  );

  it('F7 beside cells that are broken leaves the outcome of the others unknown', async () => {
    const [monitor, server] = await pair();
    server.answer = callback => callback({ code: status.UNAVAILABLE, details: 'not now' });
    const cells = [cell(queue, NaN), ...someCells];
    const { rejected } = await monitor.send(cells, endTime, alive);
    expect(rejected.map(({ index, outcome }) => [index, outcome])).toEqual([
      [0, 'refused'],
      [1, 'unknown'],
      [2, 'unknown'],
    ]);
  });

  it.each([
    [status.INVALID_ARGUMENT, 'retry'],
    [status.NOT_FOUND, 'retry'],
    [status.RESOURCE_EXHAUSTED, 'retry'],
    [status.FAILED_PRECONDITION, 'retry'],
    [status.UNAUTHENTICATED, 'retry'],
    [status.CANCELLED, 'unknown'],
    [status.UNKNOWN, 'unknown'],
    [status.DEADLINE_EXCEEDED, 'unknown'],
    [status.UNIMPLEMENTED, 'unknown'],
    [status.INTERNAL, 'unknown'],
    [status.UNAVAILABLE, 'unknown'],
  ])('F7 where the call fails with the code %i: the outcome is %s', async (code, outcome) => {
    const [monitor, server] = await pair();
    server.answer = callback => callback({ code, details: 'no' });
    const { rejected } = await monitor.send([...someCells, cell(queue, NaN)], endTime, alive);
    expect(rejected.filter(({ index }) => index < 2)).toMatchObject([{ outcome }, { outcome }]);
  });

  it('if the call fails', async () => {
    const [monitor, server] = await pair();
    server.answer = callback => callback({ code: status.PERMISSION_DENIED, details: 'not you' });
    const failure = monitor.send(someCells, endTime, alive);
    expect(await reasonToRetry(failure)).toContain(
      `Sending to ProdX at ${server.endpoint} failed: 7 PERMISSION_DENIED: not you`,
    );
    server.answer = ok;
    await monitor.send(someCells, endTime, alive);
  });

  it.each([
    ['text', 'garbage'],
    ['an unfinished number', '0aff'],
    ['a status that is a number', '0801'],
    ['a length beyond the end', '0a7f08'],
    ['a number without end', '0a0bffffffffffffffffffff01'],
  ])('where the reply is %s', async (_, bytes) => {
    const [monitor, server] = await pair();
    server.answer = callback =>
      callback(null, Buffer.from(bytes, bytes === 'garbage' ? 'utf8' : 'hex'));
    await expect(monitor.send(someCells, endTime, alive)).rejects.toThrow(
      `ProdX at ${server.endpoint} failed: 13 INTERNAL: Response message parsing error: `,
    );
  });

  it('if no server listens, and the next one succeeds once a server does', async () => {
    const endpoint = await unusedEndpoint();
    const monitor = monitorOf(endpoint);
    for (let i = 0; i < 4; i++) {
      expect(await reasonToRetry(monitor.send(someCells, endTime, alive))).toMatch(
        new RegExp(`ProdX at ${endpoint} failed: 14 UNAVAILABLE`),
      );
    }
    const server = await ProdXServer.start(undefined, endpoint);
    ends.push(() => server.stop());
    const all = { rejected: [] };
    await vi.waitFor(
      async () => expect(await monitor.send(someCells, endTime, alive)).toEqual(all),
      { timeout: 10_000 },
    );
    expect(server.received).toHaveLength(1);
  }, 20_000);

  it.each([
    ['hangs up at once', (socket: Socket) => socket.destroy()],
    ['speaks another language', (socket: Socket) => socket.end('HTTP/1.1 418 Teapot\r\n\r\n')],
  ])('where the server %s', async (_, onSocket) => {
    const endpoint = await startRawServer(onSocket);
    expect(await reasonToRetry(monitorOf(endpoint).send(someCells, endTime, alive))).toContain(
      `ProdX at ${endpoint} failed: `,
    );
  });

  it('if the server dies in the middle of a call', async () => {
    const [monitor, server] = await pair();
    server.answer = () => server.stop();
    await expect(monitor.send(someCells, endTime, alive)).rejects.toThrow(server.endpoint);
  });

  it('for an invalid end time', async () => {
    const [monitor, server] = await pair();
    await expect(monitor.send(someCells, NaN, alive)).rejects.toThrow(RangeError);
    expect(server.received).toEqual([]);
  });
});

describe('an abort signal', () => {
  it('that is aborted already sends nothing', async () => {
    const [monitor, server] = await pair();
    const reason = new Error('too late');
    await expect(monitor.send(someCells, endTime, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(server.received).toEqual([]);
  });

  it('ends a call to a hung server at once, and cancels it at the server', async () => {
    const [monitor, server] = await pair();
    server.answer = () => undefined;
    const controller = new AbortController();
    const failure = monitor.send(someCells, endTime, controller.signal);
    const reason = new Error('the flush took too long');
    await Promise.all([
      expect(failure).rejects.toBe(reason),
      vi
        .waitFor(() => expect(server.received).toHaveLength(1))
        .then(() => controller.abort(reason)),
    ]);
    await vi.waitFor(() => expect(server.received[0]!.cancelled).toBe(true));
    server.answer = ok;
    await monitor.send(someCells, endTime, alive);
  });

  it('ends the wait for a connection that is never made', async () => {
    const monitor = monitorOf(await startRawServer(() => undefined));
    const controller = new AbortController();
    const failure = monitor.send(someCells, endTime, controller.signal);
    setImmediate(() => controller.abort(new Error('enough')));
    await expect(failure).rejects.toThrow('enough');
  });

  it('leaves no listener behind', async () => {
    const [monitor] = await pair();
    const { signal } = new AbortController();
    const [add, remove] = [
      vi.spyOn(signal, 'addEventListener'),
      vi.spyOn(signal, 'removeEventListener'),
    ];
    await monitor.send(someCells, endTime, signal);
    expect(add).toHaveBeenCalled();
    expect(remove).toHaveBeenCalledTimes(add.mock.calls.length);
  });
});
