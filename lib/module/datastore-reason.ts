import type { Platform } from '../platform/platform.js';
import type { ModuleSettings } from '../options/module-options.js';

/** The reason why the default allocator is DatastoreTaskNumAllocator. Undefined when it is InMemoryTaskNumAllocator. */
export function datastoreReason(
  { datastore }: Pick<ModuleSettings, 'datastore'>,
  platform: Platform,
): string | undefined {
  if (datastore) {
    return 'option datastore';
  }
  if (process.env.DATASTORE_EMULATOR_HOST) {
    return 'DATASTORE_EMULATOR_HOST is set';
  }
  return platform.onGoogleCloud ? `on ${platform.name}` : undefined;
}
