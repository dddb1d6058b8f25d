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
import { Sender, type CellSender } from '../flush/sender.js';
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
import { chooseAllocator, type ChosenAllocator } from './allocator-choice.js';
import { chooseMonitors, type ChosenMonitors } from './monitor-choice.js';
import { StartSettings } from './start-settings.js';

/** The parts that send the metrics of this instance. */
interface FlushParts {
  /** The settings of flushes, shared by all parts. Only the flusher changes them. */
  readonly flush: Readonly<FlushSettings>;
  /** The settings until the first read of the option `settings`. */
  readonly initial: LiveSettings;
  readonly taskNumber: HeldTaskNumber;
  readonly sources: SourceReader;
  readonly sender: CellSender;
  /** Undefined without the option `settings`. */
  readonly poll: SettingsPoll | undefined;
  readonly flusher: Flusher;
  readonly cost: FlushCost;
  readonly costLimit: CostLimit;
  readonly election: Election;
  readonly service: TsmonService;
}

/** The parts that measure the requests which the application serves and makes. */
interface RequestParts {
  readonly requests: RequestsUnderWay;
  readonly httpHooks: HttpHooks;
  /** Undefined when the requests that the application makes are not measured. */
  readonly clientHooks: ClientHooks | undefined;
  readonly callMeter: CallMeter;
}

/** The parts of the module for one start of the application. */
export interface Composition extends FlushParts, RequestParts {
  readonly settings: StartSettings;
  readonly clock: Clock;
  readonly chosenMonitors: ChosenMonitors;
  readonly chosenAllocator: ChosenAllocator;
  /** Counts an assignment run outside of housekeeping, in `tsmon/instances/…`. */
  readonly countAssignment: (report: AssignmentReport) => void;
  readonly housekeeping: HousekeepingService;
}

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

async function putTogether(
  given: TsmonModuleOptions,
  platform: Platform,
  clock: Clock,
): Promise<Composition> {
  const options = checkedModuleOptions(given);
  const { monitor, taskNumbers, registry } = options;
  const chosenMonitors = await chooseMonitors(monitor, platform, taskNumbers.expirationSec, clock);
  const settings = new StartSettings(options, platform, chosenMonitors.monitors);
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
    countAssignment,
    ...flushParts,
    ...requestPartsOf(settings, flushParts.election, clock),
    housekeeping: housekeepingOf(settings, flushParts, allocator, counters, clock),
  };
}

function flushPartsOf(
  settings: StartSettings,
  [first, ...others]: ChosenMonitors['monitors'],
  allocator: TaskNumAllocator,
  clock: Clock,
): FlushParts {
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
    flush,
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

function requestPartsOf(
  { options, platform }: StartSettings,
  election: Election,
  clock: Clock,
): RequestParts {
  const { registry, http, rpc } = options;
  const requests = new RequestsUnderWay(platform.throttlesCpu);
  return {
    requests,
    httpHooks: new HttpHooks(new HttpMetrics(registry, http), http, clock, election, requests),
    clientHooks: http.client ? new ClientHooks(registry, clock, http.bucketers) : undefined,
    callMeter: new CallMeter(rpc.enabled ? new RpcMetrics(registry) : undefined, clock),
  };
}
