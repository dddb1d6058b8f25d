import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Sender } from '../../../lib/flush/sender.js';
import type { Snapshots } from '../../../lib/store/capture.js';
import { DebugMonitor } from '../../../lib/monitors/debug/debug-monitor.js';
import { jsonLines } from '../../../lib/monitors/debug/json-lines.js';
import { partitionCells } from '../../../lib/monitors/partition-cells.js';
import { textLines } from '../../../lib/monitors/debug/text-lines.js';
import { TimeSlice } from '../../../lib/clock/time-slice.js';
import { cell, endTime, orders } from './cells.js';
import { turnsDuring } from './turns.js';

const cells = Array.from({ length: 100_000 }, (_, i) =>
  cell(orders, i, [`status ${i % 7}`, (i * 7919) % 100_003]),
);

const NO_LEDGER = {
  begin: () => undefined,
  answered: () => undefined,
  unanswered: () => undefined,
};

async function countOf(lines: AsyncIterable<string>): Promise<number> {
  let count = 0;
  for await (const line of lines) {
    count += Number(line.includes('shop/orders'));
  }
  return count;
}

// None of these waits for anything: without the pauses of TimeSlice there would be no turns at all.
describe('F9 other work gets its turn while 100,000 cells', () => {
  it('are checked', async () => {
    const turns = await turnsDuring(() => partitionCells(cells, new TimeSlice()));
    expect(turns).toBeGreaterThan(1);
  });

  it.each([
    ['text', textLines],
    ['JSON', jsonLines],
  ])(
    'are encoded as %s',
    async (_, linesOf) => {
      const turns = await turnsDuring(async () => {
        expect(await countOf(linesOf(cells, endTime, new TimeSlice()))).toBe(cells.length);
      });
      expect(turns).toBeGreaterThan(10);
    },
    60_000,
  );

  it('are sent to a file, and all are there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'debug-monitor-'));
    try {
      const file = join(folder, 'metrics');
      const monitor = new DebugMonitor({ file });
      const sender = new Sender(monitor, { workers: 4 }, NO_LEDGER);
      const snapshots = cells as unknown as Snapshots;
      const send = async (): Promise<void> => {
        const { signal } = new AbortController();
        const delivery = await sender.send(snapshots, { endTime, gate: () => undefined, signal });
        expect(delivery.unsent).toEqual([]);
      };
      expect(await turnsDuring(send)).toBeGreaterThan(10);
      const lines = (await readFile(file, 'utf8')).split('\n');
      expect(lines.filter(line => line.includes('shop/orders'))).toHaveLength(cells.length);
    } finally {
      await rm(folder, { recursive: true });
    }
  }, 60_000);
});
