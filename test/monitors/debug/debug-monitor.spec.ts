import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CellValue } from '../../../lib/metrics/metric-declaration.js';
import { DebugMonitor } from '../../../lib/monitors/debug/debug-monitor.js';
import type { DebugMonitorOptions } from '../../../lib/monitors/debug/debug-options.js';
import { FileOutput } from '../../../lib/monitors/debug/debug-output.js';
import { cell, durations, endTime, orders, queue, task, version } from './cells.js';

const alive = new AbortController().signal;

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'debug-monitor-'));
  file = join(folder, 'metrics');
});

afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

const written = (): Promise<string> => readFile(file, 'utf8');
const linesWritten = async (): Promise<string[]> => (await written()).trimEnd().split('\n');

describe('a DebugMonitor', () => {
  it('F9 takes no more cells at a time than can be sorted in an instant', () => {
    expect(new DebugMonitor().chunkSize).toBe(500);
  });

  it('writes to the log, as text, without a file', async () => {
    const log = vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
    const monitor = new DebugMonitor();
    expect(await monitor.send([cell(queue, 5)], endTime, alive)).toEqual({ rejected: [] });
    expect(log).toHaveBeenCalledTimes(1);
    expect(log).toHaveBeenCalledWith(
      expect.stringMatching(/^Metrics:\n1 cell at .*shop\/queue  .*5/s),
    );
  });

  it('appends to its file, and leaves the log alone', async () => {
    const log = vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
    await appendFile(file, 'kept\n');
    const monitor = new DebugMonitor({ file, format: 'json' });
    await monitor.send([cell(queue, 5)], endTime, alive);
    await monitor.send([cell(queue, 6)], endTime, alive);
    const [kept, ...lines] = await linesWritten();
    expect(kept).toBe('kept');
    expect(lines.map(line => (JSON.parse(line) as { value: number }).value)).toEqual([5, 6]);
    expect(log).not.toHaveBeenCalled();
  });

  it('shows in the log what has changed since it was last shown, and nothing where nothing has', async () => {
    const log = vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
    const monitor = new DebugMonitor();
    const [slow, slower] = [durations.initialValue(), durations.initialValue()];
    slow.add(5);
    [1, 4].forEach(sample => slower.add(sample));
    const other = task.withTaskNum(7);
    await monitor.send(
      [cell(queue, 5), cell(version, 'v1'), cell(durations, slow)],
      endTime,
      alive,
    );
    await monitor.send(
      [cell(queue, 5), cell(version, 'v2'), cell(durations, slower)],
      endTime,
      alive,
    );
    await monitor.send(
      [cell(queue, 5), cell(version, 'v2'), cell(durations, slower)],
      endTime,
      alive,
    );
    await monitor.send([cell(queue, 5), cell(queue, 5, [], other)], endTime, alive);
    const shown = log.mock.calls.map(([text]) => String(text).match(/shop\/\w+|\d+ (of|cells)/g));
    expect(shown).toEqual([
      ['3 cells', 'shop/durations', 'shop/queue', 'shop/version'],
      ['2 of', '3 cells', 'shop/durations', 'shop/version'],
      ['1 of', '2 cells', 'shop/queue'],
    ]);
  });

  it('shows everything in a file, and otherwise what the option show says', async () => {
    const log = vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
    const toFile = new DebugMonitor({ file, format: 'json' });
    const changes = new DebugMonitor({ file: `${file}-changes`, format: 'json', show: 'changes' });
    const all = new DebugMonitor({ show: 'all' });
    for (const monitor of [toFile, toFile, changes, changes, all, all]) {
      await monitor.send([cell(queue, 5)], endTime, alive);
    }
    expect(await linesWritten()).toHaveLength(2);
    expect((await readFile(`${file}-changes`, 'utf8')).trimEnd().split('\n')).toHaveLength(1);
    expect(log).toHaveBeenCalledTimes(2);
  });

  it('shows a change again that it could not write', async () => {
    const monitor = new DebugMonitor({ show: 'changes', file });
    vi.spyOn(FileOutput.prototype, 'write').mockRejectedValueOnce(new Error('full'));
    await expect(monitor.send([cell(queue, 5)], endTime, alive)).rejects.toThrow('full');
    await monitor.send([cell(queue, 5)], endTime, alive);
    expect(await written()).toContain('shop/queue');
  });

  it('writes nothing for no cells', async () => {
    await new DebugMonitor({ file }).send([], endTime, alive);
    await expect(written()).rejects.toThrow('ENOENT');
  });

  it('F7 leaves cells unsent while its file cannot be opened: they were surely not written', async () => {
    const cells = [cell(queue, NaN), cell(queue, 5)];
    for (const [path, code] of [
      [join(folder, 'missing', 'metrics'), 'ENOENT'],
      [folder, 'EISDIR'],
    ] as const) {
      const monitor = new DebugMonitor({ file: path });
      expect(await monitor.send(cells, endTime, alive)).toEqual({
        rejected: [
          { index: 0, reason: expect.stringContaining('NaN'), outcome: 'refused' },
          { index: 1, reason: expect.stringContaining(code), outcome: 'retry' },
        ],
      });
      await expect(monitor.close()).resolves.toBeUndefined();
    }
  });

  it('F7 rejects if writing to its open file failed: a part may be in the file', async () => {
    const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' });
    vi.spyOn(FileOutput.prototype, 'write').mockRejectedValue(full);
    await expect(new DebugMonitor({ file }).send([cell(queue, 5)], endTime, alive)).rejects.toBe(
      full,
    );
  });

  it('appends in the order of the calls, though they overlap and differ in size', async () => {
    const monitor = new DebugMonitor({ file, format: 'json' });
    const sizes = [3000, 1, 500, 2, 1000];
    await Promise.all(
      sizes.map((size, call) =>
        monitor.send(
          Array.from({ length: size }, () => cell(queue, call)),
          endTime,
          alive,
        ),
      ),
    );
    const calls = (await linesWritten()).map(line => (JSON.parse(line) as { value: number }).value);
    expect(calls).toEqual(sizes.flatMap((size, call) => Array.from({ length: size }, () => call)));
  });

  it('goes on after a call that failed', async () => {
    const monitor = new DebugMonitor({ file, format: 'json' });
    const results = await Promise.allSettled([
      monitor.send([cell(queue, 1)], Number.NaN, alive),
      monitor.send([cell(queue, 2)], endTime, alive),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(await linesWritten()).toHaveLength(1);
  });

  it.each(['text', 'json'] as const)(
    'rejects with the reason of an aborted signal, and writes nothing: %s',
    async format => {
      const monitor = new DebugMonitor({ file, format });
      const reason = new Error('too late');
      await expect(monitor.send([cell(queue, 5)], endTime, AbortSignal.abort(reason))).rejects.toBe(
        reason,
      );
      await expect(written()).rejects.toThrow('ENOENT');
    },
  );

  it('writes nothing if it is aborted while it encodes or waits for its turn', async () => {
    const monitor = new DebugMonitor({ file });
    const controller = new AbortController();
    const sends = [1, 2].map(n => monitor.send([cell(queue, n)], endTime, controller.signal));
    controller.abort(new Error('too late'));
    const results = await Promise.allSettled(sends);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(written()).rejects.toThrow('ENOENT');
  });

  it('close() waits for what is under way', async () => {
    const monitor = new DebugMonitor({ file });
    const sending = monitor.send([cell(queue, 5)], endTime, alive);
    await monitor.close();
    expect(await written()).toContain('shop/queue');
    await sending;
  });
});

describe('a broken cell', () => {
  const hostile = {
    get value(): CellValue {
      throw new Error('no value today');
    },
  };

  it.each(['text', 'json'] as const)(
    'is rejected with a reason, and the others are written: %s',
    async format => {
      const good = [cell(queue, 5), cell(orders, 3, ['ok', 1]), cell(version, 'v1')];
      const bad = [
        cell(queue, NaN),
        cell(queue, '5'),
        cell(orders, undefined as unknown as CellValue, ['ok', 2]),
        cell(orders, 1, ['too few']),
        cell(durations, { count: 1 } as unknown as CellValue),
        cell(durations, 5),
        cell(version, null as unknown as CellValue),
        { ...cell(queue, 1), resetTime: NaN },
        { ...cell(queue, 1), resetTime: 1e300 },
        { ...cell(queue, 1), target: undefined as never },
        Object.create(hostile, {
          metric: { value: queue },
          fieldValues: { value: [] },
        }) as never,
        null as never,
      ];
      const result = await new DebugMonitor({ file, format }).send(
        [bad[0]!, ...good, ...bad.slice(1)],
        endTime,
        alive,
      );
      expect(result.rejected.map(({ index }) => index)).toEqual([
        0,
        ...bad.slice(1).map((_, i) => i + 4),
      ]);
      expect(
        result.rejected.every(({ reason, outcome }) => reason.length > 0 && outcome === 'refused'),
      ).toBe(true);
      expect(result.rejected[0]!.reason).toMatch(/IntGauge "shop\/queue".*NaN/);
      const text = await written();
      expect(text.match(/shop\/(queue|orders|version)/g)).toHaveLength(3);
      expect(text).not.toContain('shop/durations');
    },
  );
});

describe('the options of a DebugMonitor', () => {
  it.each<[unknown, ErrorConstructor, string]>([
    [{ format: 'xml' }, RangeError, "DebugMonitor.format must be 'text' or 'json', got \"xml\"."],
    [{ format: 'toString' }, RangeError, "'text' or 'json'"],
    [{ format: 5 }, TypeError, "'text' or 'json', got 5"],
    [{ file: '' }, RangeError, 'Option DebugMonitor.file must be the path of a file, got "".'],
    [
      { file: 5 },
      TypeError,
      'Option DebugMonitor.file must be a string, the path of a file, got 5.',
    ],
    [{ file: null }, TypeError, 'the path of a file, got null'],
    [{ path: '/tmp/x' }, TypeError, '"path" in DebugMonitor options; it has file, format, show.'],
    ['/tmp/x', TypeError, 'DebugMonitor options must be an object, got "/tmp/x".'],
    [null, TypeError, 'DebugMonitor options must be an object, got null.'],
  ])('%j is refused', (options, type, message) => {
    const make = () => new DebugMonitor(options as DebugMonitorOptions);
    expect(make).toThrow(type);
    expect(make).toThrow(message);
  });

  it.each([undefined, {}, { format: undefined, file: undefined }, { format: 'json' as const }])(
    '%j is fine',
    options => {
      expect(() => new DebugMonitor(options)).not.toThrow();
    },
  );
});
