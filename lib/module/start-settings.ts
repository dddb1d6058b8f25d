import type { FlushSettings } from '../flush/flush-settings.js';
import type { LiveSettings, ReadSettings } from '../flush/settings-poll.js';
import type { HousekeepingAuth } from '../housekeeping/housekeeping-settings.js';
import type { Platform } from '../platform/platform.js';
import type { ReservedTargets } from '../targets/reserved-targets.js';
import type { Task } from '../targets/task.js';
import { identityOf } from './identity.js';
import { resolveSettings } from '../options/live-settings.js';
import { resolveOptions, type ResolvedOptions } from '../options/options-validation.js';
import type { TsmonModuleOptions } from '../options/tsmon-options.js';

/** The options of one start of the module, with the defaults that the platform decides. */
export class StartSettings {
  readonly options: ResolvedOptions;
  /** The target of this instance, without a task number. */
  readonly task: Task;
  readonly instanceId: string;
  /** Targets that the application itself must not use. */
  readonly reservedTargets: ReservedTargets;
  /** A warning for the log about the target and the instance id. */
  readonly identityWarning: string | undefined;
  /** The one object that every part reads: its values may change while the application runs. */
  readonly flush: FlushSettings;
  /** The settings until others are read. */
  readonly initial: LiveSettings;
  /** Reads what may change; undefined where nothing does. */
  readonly read: ReadSettings | undefined;
  readonly auth: HousekeepingAuth;

  constructor(
    given: TsmonModuleOptions,
    readonly platform: Platform,
  ) {
    this.options = resolveOptions(given);
    const identity = identityOf(this.options, platform);
    this.task = identity.task;
    this.instanceId = identity.instanceId;
    this.reservedTargets = identity.reserved;
    this.identityWarning = identity.warning;
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
