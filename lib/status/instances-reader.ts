import type { Clock } from '../clock/clock.js';
import { Deadline } from '../clock/deadline.js';
import { SharedRun } from '../clock/shared-run.js';
import { OwnWork } from '../own-work.js';
import type { TaskNumAllocator } from '../task-numbers/task-num-allocator.js';
import type { InstancesStatus } from './status-report.js';
import type { InstanceName } from './status-reader.js';
import { nameOf } from '../log.js';

const MAX_INSTANCES = 500;
const TIMEOUT_MS = 10_000;

/** Reads the instances of this target group on request. Callers at the same time share one read. */
export class InstancesReader {
  private readonly ownWork = new OwnWork();
  private readonly reading = new SharedRun(() => this.ownWork.runUncounted(() => this.readOnce()));

  constructor(
    private readonly allocator: TaskNumAllocator,
    private readonly instance: InstanceName,
    private readonly clock: Clock,
  ) {}

  /**
   * @returns undefined if the allocator has no method instances().
   * @throws Error when its backend fails or takes too long.
   */
  async read(): Promise<InstancesStatus | undefined> {
    return this.allocator.instances ? await this.reading.join() : undefined;
  }

  get allocatorName(): string {
    return nameOf(this.allocator);
  }

  private async readOnce(): Promise<InstancesStatus> {
    const { task, instanceId } = this.instance;
    const report = await Deadline.run(this.clock, 'Reading the instances', TIMEOUT_MS, deadline =>
      deadline.race(Promise.resolve(this.allocator.instances!(task, MAX_INSTANCES))),
    );
    return {
      time: this.clock.now(),
      group: task.group,
      instanceId,
      allocator: this.allocatorName,
      ...report,
    };
  }
}
