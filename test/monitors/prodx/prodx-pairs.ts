import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { ProdXMonitor } from '../../../lib/monitors/prodx/prodx-monitor.js';
import type { Cell } from '../../../lib/store/cell.js';
import { cell, queue } from '../debug/cells.js';
import { ProdXServer } from './prodx-server.js';

export const alive: AbortSignal = new AbortController().signal;
export const ends: (() => unknown)[] = [];

/** Ends all that the test has started. */
export async function endAll(): Promise<void> {
  await Promise.all(ends.splice(0).map(end => end()));
}

export async function startServer(): Promise<ProdXServer> {
  const server = await ProdXServer.start();
  ends.push(() => server.stop());
  return server;
}

export function monitorOf(endpoint: string): ProdXMonitor {
  const monitor = new ProdXMonitor({ endpoint, insecure: true });
  ends.push(() => monitor.close());
  return monitor;
}

/** A monitor and its server. */
export async function pair(): Promise<[ProdXMonitor, ProdXServer]> {
  const server = await startServer();
  return [monitorOf(server.endpoint), server];
}

/** A server that speaks no gRPC. */
export async function startRawServer(onSocket: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  ends.push(() => stopped(server, sockets));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function stopped(server: Server, sockets: Iterable<Socket>): Promise<void> {
  server.close();
  for (const socket of sockets) {
    socket.destroy();
  }
  await once(server, 'close');
}

export async function unusedEndpoint(): Promise<string> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await stopped(server, []);
  return `127.0.0.1:${port}`;
}

export const someCells: readonly Cell[] = [cell(queue, 5), cell(queue, 6)];
