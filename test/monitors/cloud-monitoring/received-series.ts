import { expect } from 'vitest';
import { at } from './cells.js';
import { monitorOf, send, startServer } from './monitors.js';
import type { ReceivedSeries } from './series-rules.js';

export async function received(...cells: Parameters<typeof send>[1]): Promise<ReceivedSeries[]> {
  const server = await startServer();
  expect(await send(monitorOf(server), cells, at(1))).toEqual({ rejected: [] });
  return server.written;
}
