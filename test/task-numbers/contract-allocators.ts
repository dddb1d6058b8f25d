import { expect } from 'vitest';
import { Task } from '../../lib/targets/task.js';
import {
  NoTaskNumberError,
  type TaskNumAllocator,
} from '../../lib/task-numbers/task-num-allocator.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';

/** One allocator on an empty backend. */
export interface AllocatorUnderTest {
  readonly allocator: TaskNumAllocator;
  close(): Promise<void>;
}

/** Makes allocators for the contract suite. Each starts on an empty backend. */
export type AllocatorFactory = (options: {
  clock: ManualClock;
  expirationSec?: number;
}) => AllocatorUnderTest;

export const web = new Task({
  serviceName: 'shop',
  jobName: 'web',
  dataCenter: 'eu',
  hostName: 'v1',
});
export const batch = new Task({
  serviceName: 'shop',
  jobName: 'batch',
  dataCenter: 'eu',
  hostName: 'v1',
});

/** The allocators of the contract suite, and what its tests do with them. */
export class ContractAllocators {
  /** Of all that are opened. Tests follow each other on it. */
  readonly clock = new ManualClock();
  private readonly opened: AllocatorUnderTest[] = [];

  constructor(private readonly factory: AllocatorFactory) {}

  readonly open = (expirationSec?: number): TaskNumAllocator => {
    const one = this.factory({ clock: this.clock, expirationSec });
    this.opened.push(one);
    return one.allocator;
  };

  /** Instances register, and wait. */
  readonly claim = async (allocator: TaskNumAllocator, ...ids: string[]): Promise<void> => {
    for (const id of ids) {
      await expectToWait(allocator, id);
    }
  };

  /** Instances register, and are given numbers. */
  readonly hold = async (allocator: TaskNumAllocator, ...ids: string[]): Promise<number[]> => {
    await this.claim(allocator, ...ids);
    await allocator.assignTaskNumbers();
    return await this.numbers(allocator, ...ids);
  };

  /** The numbers that instances hold, which renews their claims. */
  readonly numbers = async (allocator: TaskNumAllocator, ...ids: string[]): Promise<number[]> =>
    await Promise.all(ids.map(id => allocator.notifyTaskIsAlive(web, id)));

  /** To be called after each test. */
  async close(): Promise<void> {
    await Promise.all(this.opened.splice(0).map(one => one.close()));
  }
}

async function expectToWait(allocator: TaskNumAllocator, id: string): Promise<void> {
  await expect(allocator.notifyTaskIsAlive(web, id)).rejects.toThrow(NoTaskNumberError);
}
