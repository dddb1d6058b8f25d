import type { Clock } from '../clock/clock.js';
import type { Monitor } from '../monitors/monitor.js';
import type { Platform } from '../platform/platform.js';
import { InMemoryTaskNumAllocator } from '../task-numbers/in-memory-task-num-allocator.js';
import { withoutUndefined } from '../validation/option-checks.js';
import type { TsmonModuleOptions } from '../options/tsmon-options.js';

/** The same on every machine, also on one of Google Cloud. */
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
 * The options of an application as they are in its tests: nothing leaves the process, and nothing happens by itself.
 *
 * @param given by the application.
 * @param wanted by the test, which knows better.
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
    // An allocator brings its own expiry: giving both is an error.
    taskNumbers: { heartbeatSec, ...(allocator && withoutUndefined(wanted.taskNumbers)) },
    flush: { ...over(given.flush, { mode: 'background' }), ...withoutUndefined(wanted.flush) },
    housekeeping: {
      ...over(given.housekeeping, { cron: false }),
      ...withoutUndefined(wanted.housekeeping),
    },
    runtimeStats: wanted.runtimeStats ?? false,
  };
}

/** The options that are given, with the wanted ones over them. */
function over<T extends object>(given: T | undefined, wanted: T | undefined): Partial<T> {
  return { ...given, ...withoutUndefined(wanted) };
}
