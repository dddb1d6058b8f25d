import type { Platform } from '../platform/platform.js';
import type { ResolvedOptions } from '../options/options-validation.js';

/** Why the default allocator is DatastoreTaskNumAllocator; undefined where it is InMemoryTaskNumAllocator. */
export function datastoreReason(
  { datastore }: Pick<ResolvedOptions, 'datastore'>,
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
