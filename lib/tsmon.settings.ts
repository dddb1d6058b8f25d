import { randomUUID } from 'node:crypto';
import type { FlushSettings } from './flush/flush-settings.js';
import type { HousekeepingAuth } from './housekeeping/housekeeping-settings.js';
import { defaultTask, type Platform } from './targets/platform.js';
import type { Task } from './targets/task.js';
import { resolveOptions, type ResolvedOptions } from './tsmon.options-validation.js';
import type { TsmonModuleOptions } from './tsmon.options.js';

/** The options of one start of the module, with the defaults that the platform decides. */
export class TsmonSettings {
  readonly options: ResolvedOptions;
  readonly task: Task;
  /** Differs from one start to the next: a row of a former start must not pass for our own. */
  readonly instanceId: string;
  readonly flush: FlushSettings;
  readonly auth: HousekeepingAuth;

  constructor(
    given: TsmonModuleOptions,
    readonly platform: Platform,
  ) {
    this.options = resolveOptions(given);
    this.task = this.options.target ?? defaultTask(platform);
    this.instanceId = `${this.options.instanceId ?? platform.instanceId}-${randomUUID().slice(0, 8)}`;
    this.flush = {
      ...this.options.flush,
      mode: this.options.flush.mode ?? (platform.throttlesCpu ? 'request' : 'both'),
    };
    this.auth =
      this.options.housekeeping.auth ?? (platform.trustsAppEngineHeaders ? 'app-engine' : 'closed');
  }
}
