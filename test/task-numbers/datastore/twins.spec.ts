import { Logger } from '@nestjs/common';
import { beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import { INSTANCE_KIND } from '../../../lib/task-numbers/datastore/instance-row.js';
import { FaultyRowStore } from './faulty-row-store.js';
import { ModelRowStore } from '../model/model-row-store.js';
import { heartbeatOf, ModelInstances } from './model-instances.js';

describe('T1 the claim of an instance', () => {
  let error: MockInstance<Logger['error']>;
  let warn: MockInstance<Logger['warn']>;
  const logged = (): string[] =>
    [...error.mock.calls, ...warn.mock.calls].map(([message]) => String(message));

  beforeEach(() => {
    error = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    return () => vi.restoreAllMocks();
  });

  it('that another process renews too, as a clone does, is reported once an hour', async () => {
    const instances = new ModelInstances();
    const original = instances.start();
    await heartbeatOf(original);
    await original.allocator.assignTaskNumbers();
    expect(await heartbeatOf(original)).toBe('number 0');
    const clone = instances.start(7);
    for (let i = 0; i < 10; i++) {
      instances.advance(300_000);
      expect(await heartbeatOf(original)).toBe('number 0');
      expect(await heartbeatOf(clone)).toBe('number 0');
    }
    const report =
      'Another process renews the claim "eu|shop|web||i" too, and both send under task number 0: one of them was cloned, or restored from a snapshot that was taken after its start. Restart both processes.';
    // Each of the two.
    expect(logged()).toEqual([report, report]);
    instances.advance(3_600_000);
    await heartbeatOf(clone);
    await heartbeatOf(original);
    expect(logged()).toHaveLength(3);
  });

  it('that another process renews too is reported while both wait', async () => {
    const instances = new ModelInstances();
    const [one, other] = [instances.start(), instances.start()];
    for (let i = 0; i < 10; i++) {
      instances.advance(200_000);
      await heartbeatOf(one);
      instances.advance(200_000);
      await heartbeatOf(other);
    }
    expect(logged()).toContainEqual(expect.stringMatching(/too, and both would get the same task/));
  });

  it('is not reported where a process takes up that of a former one with its id', async () => {
    const instances = new ModelInstances();
    const former = instances.start();
    await heartbeatOf(former);
    await former.allocator.assignTaskNumbers();
    expect(await heartbeatOf(former)).toBe('number 0');
    const next = instances.start();
    for (let i = 0; i < 5; i++) {
      instances.advance(300_000);
      expect(await heartbeatOf(next)).toBe('number 0');
    }
    expect(logged()).toEqual([]);
  });

  it('is not reported where answers got lost, came late, or housekeeping has written it', async () => {
    const instances = new ModelInstances();
    const line = new FaultyRowStore(new ModelRowStore(instances.datastore));
    const one = instances.start(0, {}, line);
    const housekeeping = instances.start();
    for (const type of ['reply lost', 'request lost', 'request late'] as const) {
      await heartbeatOf(one);
      instances.advance(300_000);
      await housekeeping.allocator.assignTaskNumbers();
      line.next('commit', { type });
      await heartbeatOf(one);
      if (type === 'request late') {
        line.next('commit', { type: 'overtaken', by: () => line.deliver() });
      }
      instances.advance(5000);
      expect(await heartbeatOf(one)).toBe('number 0');
    }
    expect(logged()).toEqual([]);
  });

  it('that is gone before its time is reported, with the number that it had', async () => {
    const instances = new ModelInstances();
    const one = instances.start();
    await heartbeatOf(one);
    await one.allocator.assignTaskNumbers();
    expect(await heartbeatOf(one)).toBe('number 0');
    const remove = (): void =>
      instances.datastore
        .rows(INSTANCE_KIND)
        .forEach(({ path }) => instances.datastore.remove(path));
    remove();
    instances.advance(300_000);
    expect(await heartbeatOf(one)).toBe('no task number assigned yet');
    expect(logged()).toEqual([
      'The claim "eu|shop|web||i" is gone from Datastore, although it was written only 300 s ago: data was lost or deleted, or the clock of this instance is behind the clock of housekeeping. Another instance may have got task number 0 meanwhile.',
    ]);
    instances.advance(1_800_000);
    remove();
    await heartbeatOf(one);
    expect(logged()).toHaveLength(1);
  });
});
