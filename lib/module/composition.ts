import type { Clock } from '../clock/clock.js';
import { FanOut } from '../flush/fan-out.js';
import { FlushPipeline } from '../flush/flush-pipeline.js';
import { Flusher } from '../flush/flusher.js';
import { NumberWait } from '../flush/number-wait.js';
import { RequestsUnderWay } from '../flush/requests-under-way.js';
import { Sender } from '../flush/sender.js';
import { SettingsPoll } from '../flush/settings-poll.js';
import { SecondaryMonitor } from '../flush/secondary-monitor.js';
import { HeldTaskNumber } from '../flush/held-task-number.js';
import { TsmonService } from '../flush/tsmon.service.js';
import { AssignmentCounters } from '../self/assignment-counters.js';
import { whoAssignsNumbers } from '../housekeeping/cron-hint.js';
import { GlobalMetrics } from '../housekeeping/global-metrics.js';
import { HousekeepingTurn } from '../housekeeping/housekeeping-turn.js';
import { HousekeepingService } from '../housekeeping/housekeeping.service.js';
import type { HousekeepingSettings } from '../housekeeping/housekeeping-settings.js';
import { ClientHooks } from '../http/client/client-hooks.js';
import { HttpHooks } from '../http/server/http-hooks.js';
import { HttpMetrics } from '../http/server/http-metrics.js';
import { OwnWork } from '../own-work.js';
import { isCloudMonitoringMonitor } from '../monitors/cloud-monitoring/cloud-monitoring-monitor.js';
import { storeOf } from '../store/in-memory-store.js';
import { outsideTargets } from '../targets/with-target.js';
import type { Platform } from '../platform/platform.js';
import type { AssignmentReport, TaskNumAllocator } from '../task-numbers/task-num-allocator.js';
import { chooseAllocator, type ChosenAllocator } from './allocator-choice.js';
import { chooseMonitors, type ChosenMonitors } from './monitor-choice.js';
import type { TsmonModuleOptions } from '../options/tsmon-options.js';
import { ownAllocator, ownMonitors } from './own-backends.js';
import { StartSettings } from './start-settings.js';

/** The parts of the module, put together for one start. */
export interface Composition {
  readonly settings: StartSettings;
  readonly clock: Clock;
  readonly chosenMonitors: ChosenMonitors;
  readonly chosenAllocator: ChosenAllocator;
  /** The chosen allocator, whose calls run as the library's own work. */
  readonly allocator: TaskNumAllocator;
  /** Counts a run of the assignment outside of housekeeping in `tsmon/instances/…`. */
  readonly countAssignment: (report: AssignmentReport) => void;
  readonly taskNumber: HeldTaskNumber;
  readonly flusher: Flusher;
  /** Undefined where no settings change. */
  readonly poll: SettingsPoll | undefined;
  readonly service: TsmonService;
  readonly housekeeping: HousekeepingService;
  readonly housekeepingSettings: HousekeepingSettings;
  readonly requests: RequestsUnderWay;
  readonly httpHooks: HttpHooks;
  /** Undefined where the requests that the application makes are not measured. */
  readonly clientHooks: ClientHooks | undefined;
}

/** Puts the parts together. Nothing is started yet. */
export function compose(
  given: TsmonModuleOptions,
  platform: Platform,
  clock: Clock,
): Promise<Composition> {
  // Parts keep the context in which they are made, and what they record is this instance's: the application may be
  // started inside a withTarget().
  return outsideTargets(() => putTogether(given, platform, clock));
}

async function putTogether(
  given: TsmonModuleOptions,
  platform: Platform,
  clock: Clock,
): Promise<Composition> {
  const settings = new StartSettings(given, platform);
  const { options, flush, task } = settings;
  const { registry } = options;
  const store = storeOf(registry);
  const ownWork = new OwnWork();
  const monitorsInUse = chooseMonitors(options.monitor, platform, options.expirationSec);
  monitorsInUse.monitors
    .filter(isCloudMonitoringMonitor)
    .forEach(monitor => monitor.useClock(clock));
  const chosenMonitors = ownMonitors(monitorsInUse, ownWork);
  const [first, ...others] = chosenMonitors.monitors;
  const mayRecord = options.enabled || options.settings !== undefined;
  const counters = mayRecord ? new AssignmentCounters(registry) : undefined;
  const countAssignment = (report: AssignmentReport): void => counters?.count(report);
  const chosen = await chooseAllocator(settings, clock, countAssignment);
  const claim = { task, instanceId: settings.instanceId, heartbeatSec: options.heartbeatSec };
  const allocator = ownAllocator(chosen.allocator, ownWork);
  const taskNumber = new HeldTaskNumber(allocator, claim, clock, () => store.startStreams());
  const sender = new FanOut(
    new Sender(first, flush, store.sends),
    others.map(other => new SecondaryMonitor(other, flush, clock)),
  );
  const pipeline = new FlushPipeline(registry, taskNumber, sender, flush, clock);
  const housekeepingSettings = {
    cron: options.housekeeping.cron,
    controller: options.housekeeping.controller,
    auth: settings.auth,
    trustsAppEngineHeaders: platform.trustsAppEngineHeaders,
  };
  const numberWait = new NumberWait(whoAssignsNumbers(housekeepingSettings, platform), clock);
  const requests = new RequestsUnderWay(platform.throttlesCpu);
  const poll = settings.read && new SettingsPoll(settings.read, flush, clock);
  const flusher = new Flusher(pipeline, flush, numberWait, clock, poll);
  const global = new GlobalMetrics(registry, sender, task.toGlobal(), flush, clock);
  return {
    settings,
    clock,
    chosenMonitors,
    chosenAllocator: chosen,
    allocator,
    countAssignment,
    taskNumber,
    flusher,
    poll,
    service: new TsmonService(flusher, taskNumber, registry),
    housekeeping: new HousekeepingService(
      allocator,
      () => (counters && store.recording ? { global, counters } : undefined),
      new HousekeepingTurn(taskNumber, clock),
    ),
    housekeepingSettings,
    requests,
    httpHooks: new HttpHooks(
      new HttpMetrics(registry),
      options.http,
      clock,
      options.http.interceptor ? undefined : () => flusher.electRequest(),
      requests,
    ),
    clientHooks: options.http.client ? new ClientHooks(registry, clock) : undefined,
  };
}
