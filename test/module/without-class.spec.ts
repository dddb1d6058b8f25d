import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  InMemoryTaskNumAllocator,
  type Monitor,
  type TaskNumAllocator,
} from '../../lib/entry/index.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { closeAppsAfterEach, ownOptions, startWith } from '../complaints/app.js';

/** As the namespace of a module is: without a prototype, and so without a class. */
function withoutClass<T extends object>(members: T): T {
  return Object.assign(Object.create(null) as object, members) as T;
}

describe('an object without a class', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });
  closeAppsAfterEach();

  it('F2 can be a monitor, and a second one whose failure is logged', async () => {
    const warnings = vi.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    const fake = new FakeMonitor();
    const first = withoutClass<Monitor>({
      chunkSize: 0,
      shared: true,
      send: (...args) => fake.send(...args),
      close: () => fake.close(),
    });
    const second = withoutClass<Monitor>({
      ...first,
      send: async () => ({ rejected: [{ index: 0, reason: 'full', outcome: 'retry' }] }),
    });
    const { service } = await startWith({
      ...ownOptions(),
      allocator: undefined,
      monitor: [first, second],
    });
    expect((await service.flush()).outcome).toBe('sent');
    expect(warnings).toHaveBeenCalledWith(expect.stringContaining('not accepted by Object: full'));
  });

  it('F2 can be an allocator', async () => {
    const inner = new InMemoryTaskNumAllocator();
    const allocator = withoutClass<TaskNumAllocator>({
      expirationSec: inner.expirationSec,
      notifyTaskIsAlive: (...args) => inner.notifyTaskIsAlive(...args),
      assignTaskNumbers: () => inner.assignTaskNumbers(),
      release: (...args) => inner.release(...args),
    });
    const { service } = await startWith({ ...ownOptions(), allocator });
    expect((await service.flush()).outcome).toBe('no-task-number');
    await inner.assignTaskNumbers();
    expect((await service.flush()).outcome).toBe('sent');
  });
});
