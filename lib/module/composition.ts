import type { Clock } from '../clock/clock.js';
import { CostLimit } from '../flush/cost-limit.js';
import { Election } from '../flush/election.js';
import { FanOut } from '../flush/fan-out.js';
import { FlushCost } from '../flush/flush-cost.js';
import { FlushPipeline } from '../flush/flush-pipeline.js';
import type { FlushSettings } from '../flush/flush-settings.js';
import { Flusher } from '../flush/flusher.js';
import { HeldTaskNumber } from '../flush/held-task-number.js';
import { NumberWait } from '../flush/number-wait.js';
import { RequestsUnderWay } from '../flush/requests-under-way.js';
import { SecondaryMonitor } from '../flush/secondary-monitor.js';
import { Sender } from '../flush/sender.js';
import { SettingsPoll, type LiveSettings } from '../flush/settings-poll.js';
import { TsmonService } from '../flush/tsmon.service.js';
import { cronHint } from '../housekeeping/cron-hint.js';
import { GlobalMetrics } from '../housekeeping/global-metrics.js';
import { HousekeepingTurn } from '../housekeeping/housekeeping-turn.js';
import { HousekeepingService } from '../housekeeping/housekeeping.service.js';
import { ClientHooks } from '../http/client/client-hooks.js';
import { HttpHooks } from '../http/server/http-hooks.js';
import { HttpMetrics } from '../http/server/http-metrics.js';
import { checkedLiveSettings } from '../options/live-settings.js';
import { checkedModuleOptions } from '../options/module-options.js';
import type { TsmonModuleOptions } from '../options/tsmon-options.js';
import type { Platform } from '../platform/platform.js';
import { CallMeter } from '../rpc/call-meter.js';
import { RpcMetrics } from '../rpc/rpc-metrics.js';
import { AssignmentCounters } from '../self/assignment-counters.js';
import { SourceReader } from '../sources/source-reader.js';
import { storeOf } from '../store/in-memory-store.js';
import { outsideTargets } from '../targets/with-target.js';
import type { AssignmentReport, TaskNumAllocator } from '../task-numbers/task-num-allocator.js';
import { chooseAllocator } from './allocator-choice.js';
import { chooseMonitors, type ChosenMonitors } from './monitor-choice.js';
import { startSettings, type StartSettings } from './start-settings.js';

/** The parts of the module for one start of the application. */
export type Composition = Awaited<ReturnType<typeof putTogether>>;

type FlushParts = ReturnType<typeof flushPartsOf>;

/** Creates the parts and connects them. Starts nothing. */
export function compose(
  given: TsmonModuleOptions,
  platform: Platform,
  clock: Clock,
): Promise<Composition> {
  // Parts keep the context in which they are created. The application may be started inside a withTarget(), but the parts
  // record for this instance.
  return outsideTargets(() => putTogether(given, platform, clock));
}

async function putTogether(given: TsmonModuleOptions, platform: Platform, clock: Clock) {
  const options = checkedModuleOptions(given);
  const { monitor, taskNumbers, registry } = options;
  const chosenMonitors = await chooseMonitors(monitor, platform, taskNumbers.expirationSec, clock);
  const settings = startSettings(options, platform, chosenMonitors.monitors);
  const mayRecord = options.enabled || options.settings !== undefined;
  const counters = mayRecord ? new AssignmentCounters(registry) : undefined;
  const countAssignment = (report: AssignmentReport): void => counters?.count(report);
  const chosenAllocator = await chooseAllocator(settings, clock, countAssignment);
  const { allocator } = chosenAllocator;
  const flushParts = flushPartsOf(settings, chosenMonitors.monitors, allocator, clock);
  return {
    settings,
    clock,
    chosenMonitors,
    chosenAllocator,
    /** Counts an assignment run outside of housekeeping, in `tsmon/instances/…`. */
    countAssignment,
    ...flushParts,
    ...requestPartsOf(settings, flushParts.election, clock),
    housekeeping: housekeepingOf(settings, flushParts, allocator, counters, clock),
  };
}

/** Creates the parts that send the metrics of this instance. */
function flushPartsOf(
  settings: StartSettings,
  [first, ...others]: ChosenMonitors['monitors'],
  allocator: TaskNumAllocator,
  clock: Clock,
) {
  const { options, platform, task, instanceId } = settings;
  const { registry, taskNumbers } = options;
  const store = storeOf(registry);
  const mode = options.flush.mode ?? (platform.throttlesCpu ? 'request' : 'both');
  const flush: FlushSettings = { ...options.flush, mode };
  const initial: LiveSettings = { enabled: options.enabled, flush: { ...flush } };
  const identity = { task, instanceId, heartbeatSec: taskNumbers.heartbeatSec };
  const taskNumber = new HeldTaskNumber(allocator, identity, clock, () => store.startStreams());
  const sender = new FanOut(
    new Sender(first, flush, store.sends),
    others.map(other => new SecondaryMonitor(other, flush, clock)),
  );
  const sources = new SourceReader(options.sources, store, clock);
  const pipeline = new FlushPipeline(registry, taskNumber, sender, flush, clock, sources);
  const poll = pollOf(settings, initial, flush, clock);
  const numberWait = new NumberWait(cronHint(settings.housekeeping, platform), clock);
  const flusher = new Flusher(pipeline, flush, numberWait, clock, poll);
  const election = new Election(flusher, taskNumber, taskNumbers.selfAssign, clock);
  const service = new TsmonService(flusher, taskNumber, registry);
  options.sources.forEach(source => source.onForceFlush?.(() => service.flush()));
  const cost = new FlushCost(store, flush);
  const { limits, status } = options;
  const costLimit = new CostLimit(cost, limits.mebibytesPerMonth, status.dollarsPerMebibyte);
  return {
    /** The settings of flushes, shared by all parts. Only the flusher changes them. */
    flush: flush as Readonly<FlushSettings>,
    /** The settings until the first read of the option `settings`. */
    initial,
    taskNumber,
    sources,
    sender,
    poll,
    flusher,
    cost,
    costLimit,
    election,
    service,
  };
}

function pollOf(
  { options }: StartSettings,
  initial: LiveSettings,
  flush: FlushSettings,
  clock: Clock,
): SettingsPoll | undefined {
  const { settings: source, taskNumbers } = options;
  return (
    source &&
    new SettingsPoll(
      async signal => checkedLiveSettings(await source(signal), initial, taskNumbers.expirationSec),
      flush,
      clock,
    )
  );
}

function housekeepingOf(
  { options, task }: StartSettings,
  { flush, sender, taskNumber }: FlushParts,
  allocator: TaskNumAllocator,
  counters: AssignmentCounters | undefined,
  clock: Clock,
): HousekeepingService {
  const { registry } = options;
  const store = storeOf(registry);
  const global = new GlobalMetrics(registry, sender, task.toGlobal(), flush, clock);
  return new HousekeepingService(
    allocator,
    () => (counters && store.recording ? { global, counters } : undefined),
    new HousekeepingTurn(taskNumber, clock),
  );
}

/** Creates the parts that measure the requests which the application serves and makes. */
function requestPartsOf({ options, platform }: StartSettings, election: Election, clock: Clock) {
  const { registry, http, rpc } = options;
  const requests = new RequestsUnderWay(platform.throttlesCpu);
  return {
    requests,
    httpHooks: new HttpHooks(new HttpMetrics(registry, http), http, clock, election, requests),
    clientHooks: http.client ? new ClientHooks(registry, clock, http.bucketers) : undefined,
    callMeter: new CallMeter(rpc.enabled ? new RpcMetrics(registry) : undefined, clock),
  };
}
