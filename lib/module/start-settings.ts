import type { HousekeepingSettings } from '../housekeeping/housekeeping-settings.js';
import type { Monitor } from '../monitors/monitor.js';
import type { ModuleSettings } from '../options/module-options.js';
import type { Platform } from '../platform/platform.js';
import type { ReservedTargets } from '../targets/reserved-targets.js';
import type { Task } from '../targets/task.js';
import { identityOf } from './identity.js';

/** The settings of one start of the module: the checked options, and decisions by the platform and the monitors. */
export class StartSettings {
  /** The target of this instance, without a task number. */
  readonly task: Task;
  readonly instanceId: string;
  /** Targets that the application must not use with `withTarget()`. */
  readonly reservedTargets: ReservedTargets;
  /** A warning for the log about the target and the instance id. */
  readonly identityWarning: string | undefined;
  readonly housekeeping: HousekeepingSettings;
  /** Whether exemplars are kept: only if something can show them. */
  readonly keepsExemplars: boolean;

  constructor(
    readonly options: ModuleSettings,
    readonly platform: Platform,
    monitors: readonly Monitor[],
  ) {
    const identity = identityOf(options, platform, monitors);
    this.task = identity.task;
    this.instanceId = identity.instanceId;
    this.reservedTargets = identity.reserved;
    this.identityWarning = identity.warning;
    this.keepsExemplars =
      options.exemplars &&
      (options.status.enabled || monitors.some(({ takesExemplars }) => takesExemplars));
    const { trustsAppEngineHeaders } = platform;
    const { cron, controller, auth } = options.housekeeping;
    this.housekeeping = {
      cron,
      controller,
      auth: auth ?? (trustsAppEngineHeaders ? 'app-engine' : 'closed'),
      trustsAppEngineHeaders,
    };
  }
}
