import { InMemoryTaskNumAllocator } from '../../lib/task-numbers/in-memory-task-num-allocator.js';
import { describe, expect, it } from 'vitest';
import { Task } from '../../lib/targets/task.js';
import { allocatorContract } from './allocator-contract.js';

allocatorContract('InMemoryTaskNumAllocator', options => ({
  allocator: new InMemoryTaskNumAllocator(options),
  close: async () => undefined,
}));

describe('InMemoryTaskNumAllocator', () => {
  it('needs no options', async () => {
    const allocator = new InMemoryTaskNumAllocator();
    const task = new Task({ serviceName: 's', jobName: 'j' });
    await expect(allocator.notifyTaskIsAlive(task, 'i')).rejects.toThrow('no task number assigned');
    await allocator.assignTaskNumbers();
    expect(await allocator.notifyTaskIsAlive(task, 'i')).toBe(0);
  });

  it('does not share claims with another one', async () => {
    const task = new Task({ serviceName: 's', jobName: 'j' });
    const one = new InMemoryTaskNumAllocator();
    const other = new InMemoryTaskNumAllocator();
    await one.notifyTaskIsAlive(task, 'i').catch(() => undefined);
    expect(await other.assignTaskNumbers()).toMatchObject({ instances: 0, assigned: 0 });
    expect(await one.assignTaskNumbers()).toMatchObject({ instances: 1, assigned: 1 });
  });
});
