import { randomUUID } from 'node:crypto';
import type { FlushSettings } from './flush/flush-settings.js';
import type { LiveSettings, ReadSettings } from './flush/settings-poll.js';
import type { HousekeepingAuth } from './housekeeping/housekeeping-settings.js';
import { defaultTask, type Platform } from './targets/platform.js';
import type { Task } from './targets/task.js';
import { resolveSettings } from './tsmon.live-settings.js';
import { resolveOptions, type ResolvedOptions } from './tsmon.options-validation.js';
import type { TsmonModuleOptions } from './tsmon.options.js';

/** The options of one start of the module, with the defaults that the platform decides. */
export class StartSettings {
  readonly options: ResolvedOptions;
  readonly task: Task;
  /** Differs from one start to the next: a row of a former start must not pass for our own. */
  readonly instanceId: string;
  /** The one object that all go by: what it holds may change while the application runs. */
  readonly flush: FlushSettings;
  /** What holds until something else is read. */
  readonly initial: LiveSettings;
  /** Reads what may change; undefined where nothing does. */
  readonly read: ReadSettings | undefined;
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
    this.initial = { enabled: this.options.enabled, flush: { ...this.flush } };
    this.read = this.reader();
    this.auth =
      this.options.housekeeping.auth ?? (platform.trustsAppEngineHeaders ? 'app-engine' : 'closed');
  }

  private reader(): ReadSettings | undefined {
    const { settings, expirationSec } = this.options;
    return (
      settings &&
      (async signal => resolveSettings(await settings(signal), this.initial, expirationSec))
    );
  }
}
