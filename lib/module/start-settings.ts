import type { HousekeepingSettings } from '../housekeeping/housekeeping-settings.js';
import type { Monitor } from '../monitors/monitor.js';
import type { ModuleSettings } from '../options/module-options.js';
import type { Platform } from '../platform/platform.js';
import { identityOf } from './identity.js';

/** The settings of one start of the module: the checked options, and decisions by the platform and the monitors. */
export type StartSettings = ReturnType<typeof startSettings>;

/** Decides what the options leave open. */
export function startSettings(
  options: ModuleSettings,
  platform: Platform,
  monitors: readonly Monitor[],
) {
  const { trustsAppEngineHeaders } = platform;
  const {
    cron,
    controller,
    auth = trustsAppEngineHeaders ? 'app-engine' : 'closed',
  } = options.housekeeping;
  const housekeeping: HousekeepingSettings = { cron, controller, auth, trustsAppEngineHeaders };
  const showsExemplars =
    options.status.enabled || monitors.some(({ takesExemplars }) => takesExemplars);
  return {
    options,
    platform,
    ...identityOf(options, platform, monitors),
    housekeeping,
    keepsExemplars: options.exemplars && showsExemplars,
  };
}
