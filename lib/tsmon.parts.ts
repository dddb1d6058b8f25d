import type { Clock } from './clock/clock.js';
import { FlushPipeline } from './flush/flush-pipeline.js';
import { Flusher } from './flush/flusher.js';
import { Sender } from './flush/sender.js';
import { TaskNumber } from './flush/task-number.js';
import { TsmonService } from './flush/tsmon.service.js';
import { GlobalMetrics } from './housekeeping/global-metrics.js';
import { HousekeepingService } from './housekeeping/housekeeping.service.js';
import type { HousekeepingSettings } from './housekeeping/housekeeping-settings.js';
import { HttpHooks } from './http/http-hooks.js';
import { HttpMetrics } from './http/http-metrics.js';
import { DebugMonitor } from './monitors/debug/debug-monitor.js';
import type { Monitor } from './monitors/monitor.js';
import { storeOf } from './store/in-memory-store.js';
import type { Platform } from './targets/platform.js';
import { chooseAllocator, type ChosenAllocator } from './tsmon.allocator.js';
import type { TsmonModuleOptions } from './tsmon.options.js';
import { TsmonSettings } from './tsmon.settings.js';

/** The parts of the module, put together for one start. */
export interface TsmonParts {
  readonly settings: TsmonSettings;
  readonly clock: Clock;
  readonly monitor: Monitor;
  readonly chosen: ChosenAllocator;
  readonly taskNumber: TaskNumber;
  readonly flusher: Flusher;
  readonly service: TsmonService;
  readonly housekeeping: HousekeepingService;
  readonly housekeepingSettings: HousekeepingSettings;
  readonly httpHooks: HttpHooks;
}

/** Puts the parts together. Nothing is started yet. */
export async function createParts(
  given: TsmonModuleOptions,
  platform: Platform,
  clock: Clock,
): Promise<TsmonParts> {
  const settings = new TsmonSettings(given, platform);
  const { options, flush, task } = settings;
  const { registry } = options;
  const store = storeOf(registry);
  const monitor = options.monitor ?? new DebugMonitor();
  const chosen = await chooseAllocator(settings, clock);
  const claim = { task, instanceId: settings.instanceId, heartbeatSec: options.heartbeatSec };
  const taskNumber = new TaskNumber(chosen.allocator, claim, clock, () => store.startStreams());
  const sender = new Sender(monitor, flush.workers);
  const pipeline = new FlushPipeline(registry, taskNumber, sender, flush.intervalSec * 1000, clock);
  const flusher = new Flusher(pipeline, flush, clock);
  const globalMetrics = options.enabled
    ? new GlobalMetrics(registry, sender, task.toGlobal(), flush.timeoutSec * 1000, clock)
    : undefined;
  return {
    settings,
    clock,
    monitor,
    chosen,
    taskNumber,
    flusher,
    service: new TsmonService(flusher, taskNumber, registry),
    housekeeping: new HousekeepingService(chosen.allocator, globalMetrics),
    housekeepingSettings: {
      cron: options.housekeeping.cron,
      controller: options.housekeeping.controller,
      auth: settings.auth,
      trustsAppEngineHeaders: platform.trustsAppEngineHeaders,
    },
    httpHooks: new HttpHooks(new HttpMetrics(registry), options.http, clock),
  };
}
