import { Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  Counter,
  InMemoryTaskNumAllocator,
  NoTaskNumberError,
  Registry,
  TsmonModule,
  TsmonService,
  type FlushReport,
} from '../../lib/entry/index.js';
import { addReason } from '../../lib/flush/reasons.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { createTestingTsmon } from '../../lib/entry/testing.js';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the reasons why a flush failed', () => {
  it('are distinct, and at most ten', () => {
    const reasons = new Set<string>();
    for (let i = 0; i < 100; i++) {
      addReason(reasons, `reason ${Math.floor(i / 2)}`);
    }
    expect([...reasons]).toEqual(Array.from({ length: 10 }, (_, i) => `reason ${i}`));
  });

  it('are short also if an allocator or a source of settings fails', async () => {
    const long = 'x'.repeat(1_000_000);
    const lines: string[] = [];
    vi.spyOn(Logger.prototype, 'warn').mockImplementation(line => {
      lines.push(String(line));
    });
    const allocator = new InMemoryTaskNumAllocator();
    const module = await Test.createTestingModule({
      imports: [
        TsmonModule.forRoot({
          registry: new Registry(),
          monitor: new FakeMonitor(),
          allocator,
          flush: { mode: 'request' },
          housekeeping: { cron: false, auth: 'closed' },
          settings: () => Promise.reject(new Error(long)),
          taskNumbers: { heartbeatSec: 0.01 },
        }),
      ],
    }).compile();
    await module.init();
    const reports: FlushReport[] = [];
    for (const error of [new Error(long), new NoTaskNumberError(long)]) {
      allocator.notifyTaskIsAlive = () => Promise.reject(error);
      await new Promise(resolve => setTimeout(resolve, 20)); // longer than heartbeatSec
      reports.push(await module.get(TsmonService).flush());
    }
    await module.close();
    expect(reports.map(({ outcome }) => outcome)).toEqual(['sent', 'no-task-number']);
    expect(lines.filter(line => line.includes('xxx')).map(line => line.slice(0, 24))).toEqual([
      'The settings cannot be r',
      'Could not renew task num',
      'Nothing is sent yet, and',
    ]);
    expect(JSON.stringify([lines, reports]).length).toBeLessThan(6000);
  });

  it('fill neither the log nor the report, whatever a monitor says about each cell', async () => {
    const lines: string[] = [];
    const { warn } = Logger.prototype;
    vi.spyOn(Logger.prototype, 'warn').mockImplementation(function (
      this: Logger,
      line: unknown,
      ...others: unknown[]
    ) {
      lines.push(String(line));
      warn.call(this, line, ...others);
    });
    const registry = new Registry();
    const tsmon = createTestingTsmon({ registry });
    const module = await Test.createTestingModule({ imports: [tsmon.module] }).compile();
    await module.init();
    const byId = new Counter('by_id', { fields: { id: 'int' }, registry });
    for (let id = 0; id < 2000; id++) {
      byId.add(1, { id });
    }
    tsmon.monitor.answer = cells => ({
      rejected: cells.map((_, index) => ({
        index,
        reason: `${index} ${'x'.repeat(5000)}`,
        outcome: index % 2 === 0 ? 'retry' : 'refused',
      })),
    });
    const report = await module.get(TsmonService).flush();
    expect(report).toMatchObject({ outcome: 'failed', accepted: 0 });
    expect(report.reasons).toHaveLength(10);
    expect(lines.filter(line => line.includes('were not accepted'))).toHaveLength(1);
    expect(lines.join('').length).toBeLessThan(12_000);
    await module.close();
  });
});
