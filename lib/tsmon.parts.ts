import type { Clock } from './clock/clock.js';
import { FlushPipeline } from './flush/flush-pipeline.js';
import { Flusher } from './flush/flusher.js';
import { NumberWait } from './flush/number-wait.js';
import { Sender } from './flush/sender.js';
import { TaskNumber } from './flush/task-number.js';
import { TsmonService } from './flush/tsmon.service.js';
import { AssignmentCounters } from './housekeeping/assignment-counters.js';
import { whoAssignsNumbers } from './housekeeping/cron-hint.js';
import { GlobalMetrics } from './housekeeping/global-metrics.js';
import { HousekeepingTurn } from './housekeeping/housekeeping-turn.js';
import { HousekeepingService } from './housekeeping/housekeeping.service.js';
import type { HousekeepingSettings } from './housekeeping/housekeeping-settings.js';
import { HttpHooks } from './http/http-hooks.js';
import { HttpMetrics } from './http/http-metrics.js';
import { DebugMonitor } from './monitors/debug/debug-monitor.js';
import type { Monitor } from './monitors/monitor.js';
import { storeOf } from './store/in-memory-store.js';
import type { Platform } from './targets/platform.js';
import type { AssignmentReport } from './task-numbers/task-num-allocator.js';
import { chooseAllocator, type ChosenAllocator } from './tsmon.allocator.js';
import type { TsmonModuleOptions } from './tsmon.options.js';
import { TsmonSettings } from './tsmon.settings.js';

/** The parts of the module, put together for one start. */
export interface TsmonParts {
  readonly settings: TsmonSettings;
  readonly clock: Clock;
  readonly monitor: Monitor;
  readonly chosen: ChosenAllocator;
  /** Tells `tsmon/instances/…` of a run of the assignment that was not a part of housekeeping. */
  readonly countAssignment: (report: AssignmentReport) => void;
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
  const counters = options.enabled ? new AssignmentCounters(registry) : undefined;
  const countAssignment = (report: AssignmentReport): void => counters?.count(report);
  const chosen = await chooseAllocator(settings, clock, countAssignment);
  const claim = { task, instanceId: settings.instanceId, heartbeatSec: options.heartbeatSec };
  const taskNumber = new TaskNumber(chosen.allocator, claim, clock, () => store.startStreams());
  const sender = new Sender(monitor, flush.workers, store.sends);
  const pipeline = new FlushPipeline(registry, taskNumber, sender, flush.intervalSec * 1000, clock);
  const housekeepingSettings = {
    cron: options.housekeeping.cron,
    controller: options.housekeeping.controller,
    auth: settings.auth,
    trustsAppEngineHeaders: platform.trustsAppEngineHeaders,
  };
  const numberWait = new NumberWait(whoAssignsNumbers(housekeepingSettings, platform), clock);
  const flusher = new Flusher(pipeline, flush, numberWait, clock);
  const global = new GlobalMetrics(
    registry,
    sender,
    task.toGlobal(),
    flush.timeoutSec * 1000,
    clock,
  );
  return {
    settings,
    clock,
    monitor,
    chosen,
    countAssignment,
    taskNumber,
    flusher,
    service: new TsmonService(flusher, taskNumber, registry),
    housekeeping: new HousekeepingService(
      chosen.allocator,
      counters && { global, counters },
      new HousekeepingTurn(taskNumber, clock),
    ),
    housekeepingSettings,
    httpHooks: new HttpHooks(new HttpMetrics(registry), options.http, clock),
  };
}
