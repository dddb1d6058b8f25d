import type { Monitor } from '../monitors/monitor.js';
import type { OwnWork } from '../own-work.js';
import type { AssignmentOptions, TaskNumAllocator } from '../task-numbers/task-num-allocator.js';
import type { ChosenMonitors } from './monitor-choice.js';

/** The same monitors, whose calls run as the library's own work. */
export function ownMonitors(chosen: ChosenMonitors, ownWork: OwnWork): ChosenMonitors {
  const [first, ...others] = chosen.monitors;
  return {
    ...chosen,
    monitors: [ownMonitor(first, ownWork), ...others.map(other => ownMonitor(other, ownWork))],
  };
}

/** The same monitor, whose calls run as the library's own work. */
export function ownMonitor(monitor: Monitor, ownWork: OwnWork): Monitor {
  const overrides: Monitor = {
    get chunkSize() {
      return monitor.chunkSize;
    },
    send: (...args) => ownWork.runUncounted(() => monitor.send(...args)),
    close: () => ownWork.runUncounted(() => monitor.close()),
  };
  return over(monitor, overrides);
}

/** The same allocator, whose calls run as the library's own work. Requests of the global callbacks that it calls are counted. */
export function ownAllocator(allocator: TaskNumAllocator, ownWork: OwnWork): TaskNumAllocator {
  const { instances } = allocator;
  const overrides: TaskNumAllocator = {
    get expirationSec() {
      return allocator.expirationSec;
    },
    notifyTaskIsAlive: (...args) =>
      ownWork.runUncounted(() => allocator.notifyTaskIsAlive(...args)),
    assignTaskNumbers: options =>
      ownWork.runUncounted(() =>
        allocator.assignTaskNumbers(options && withCountedCallbacks(options, ownWork)),
      ),
    release: (...args) => ownWork.runUncounted(() => allocator.release(...args)),
    ...(instances && {
      instances: (...args) => ownWork.runUncounted(() => instances.apply(allocator, args)),
    }),
  };
  return over(allocator, overrides);
}

function withCountedCallbacks(options: AssignmentOptions, ownWork: OwnWork): AssignmentOptions {
  const { whileHeld } = options;
  return {
    ...options,
    whileHeld: whileHeld && (isHeld => ownWork.run(() => whileHeld(isHeld))),
  };
}

/** Inherits from `inner`, so that `instanceof` and the name of the class stay as they are. */
function over<T extends object>(inner: T, overrides: T): T {
  return Object.create(inner, Object.getOwnPropertyDescriptors(overrides)) as T;
}
