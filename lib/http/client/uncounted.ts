import type { Monitor } from '../../monitors/monitor.js';
import type { AssignmentOptions, TaskNumAllocator } from '../../task-numbers/task-num-allocator.js';
import { asCallOfApplication, asOwnCall } from './own-calls.js';

/** The same monitor, whose own HTTP requests are not counted. */
export function uncountedMonitor(monitor: Monitor): Monitor {
  const overrides: Monitor = {
    get chunkSize() {
      return monitor.chunkSize;
    },
    send: (cells, endTime, signal) => asOwnCall(() => monitor.send(cells, endTime, signal)),
    close: () => asOwnCall(() => monitor.close()),
  };
  return over(monitor, overrides);
}

/** The same allocator, whose own HTTP requests are not counted; those of global callbacks are. */
export function uncountedAllocator(allocator: TaskNumAllocator): TaskNumAllocator {
  const overrides: TaskNumAllocator = {
    get expirationSec() {
      return allocator.expirationSec;
    },
    notifyTaskIsAlive: (task, instanceId) =>
      asOwnCall(() => allocator.notifyTaskIsAlive(task, instanceId)),
    assignTaskNumbers: options =>
      asOwnCall(() => allocator.assignTaskNumbers(options && countedWhileHeld(options))),
    release: (task, instanceId) => asOwnCall(() => allocator.release(task, instanceId)),
  };
  return over(allocator, overrides);
}

function countedWhileHeld(options: AssignmentOptions): AssignmentOptions {
  const { whileHeld } = options;
  return {
    ...options,
    whileHeld: whileHeld && (isHeld => asCallOfApplication(() => whileHeld(isHeld))),
  };
}

/** Still an instance of its class, whose name the log tells; what it does is done by `inner` itself. */
function over<T extends object>(inner: T, overrides: T): T {
  return Object.create(inner, Object.getOwnPropertyDescriptors(overrides)) as T;
}
