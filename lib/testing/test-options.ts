import type { Clock } from '../clock/clock.js';
import type { Monitor } from '../monitors/monitor.js';
import type { Platform } from '../platform/platform.js';
import { InMemoryTaskNumAllocator } from '../task-numbers/in-memory-task-num-allocator.js';
import { withoutUndefined } from '../validation/schema.js';
import type { TsmonModuleOptions } from '../options/tsmon-options.js';

/** The platform of tests. It is the same on every machine, so that tests do not depend on where they run. */
export const TEST_PLATFORM: Platform = {
  name: 'other',
  onGoogleCloud: false,
  throttlesCpu: false,
  trustsAppEngineHeaders: false,
  service: 'test',
  version: '',
  instanceId: 'test',
};

/**
 * Changes the options of an application for its tests: nothing leaves the process, and nothing runs on its own.
 *
 * @param given the options of the application.
 * @param wanted the options of the test. They override the others.
 */
export function optionsForTests(
  given: TsmonModuleOptions,
  wanted: TsmonModuleOptions,
  monitor: Monitor,
  clock: Clock,
): TsmonModuleOptions {
  const { heartbeatSec, expirationSec } = over(given.taskNumbers, wanted.taskNumbers);
  const { allocator } = wanted;
  return {
    ...over(given, wanted),
    enabled: wanted.enabled ?? true,
    settings: wanted.settings,
    monitor,
    allocator: allocator ?? new InMemoryTaskNumAllocator({ expirationSec, clock }),
    datastore: undefined,
    // Leaves expirationSec out next to an allocator, which has its own: giving both is an error.
    taskNumbers: { heartbeatSec, ...(allocator && withoutUndefined(wanted.taskNumbers)) },
    flush: { ...over(given.flush, { mode: 'background' }), ...withoutUndefined(wanted.flush) },
    housekeeping: {
      ...over(given.housekeeping, { cron: false }),
      ...withoutUndefined(wanted.housekeeping),
    },
    runtimeStats: wanted.runtimeStats ?? false,
  };
}

/** Overrides given options with the wanted ones. */
function over<T extends object>(given: T | undefined, wanted: T | undefined): Partial<T> {
  return { ...given, ...withoutUndefined(wanted) };
}
