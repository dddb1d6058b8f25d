import {
  constants,
  performance,
  PerformanceObserver,
  type EventLoopUtilization,
  type PerformanceEntry,
} from 'node:perf_hooks';
import { Counter, FloatCounter } from '../metrics/counter.js';
import { FloatGauge, IntGauge, StringGauge } from '../metrics/gauge.js';
import type { Registry } from '../metrics/registry.js';
import { Units } from '../metrics/units.js';
import { EventLoopDelays } from './event-loop-delays.js';
import { ThreadElection } from './thread-election.js';
import { RequestsUnderWay } from '../flush/requests-under-way.js';

type GcEntry = PerformanceEntry & { readonly detail: { readonly kind: number } };

const GC_KINDS: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weak callbacks',
};
const MICROSECONDS_PER_SECOND = 1e6;

/**
 * Reports Node's own statistics: memory, CPU, event loop, garbage collection, active resources. One thread reports the
 * values of the whole process.
 */
export class RuntimeStatistics {
  private readonly metrics: ReturnType<typeof declareMetrics>;
  private readonly gcObserver = new PerformanceObserver(list => this.countGc(list.getEntries()));
  private readonly delays: EventLoopDelays;
  private readonly threadElection = new ThreadElection();
  private started = false;
  private lastCpu = process.cpuUsage();
  private lastUtilization: EventLoopUtilization = performance.eventLoopUtilization();
  private resourceTypes: ReadonlySet<string> = new Set();

  /** @param requests the requests during which event loop delays are measured; left out if they are not counted. */
  constructor(registry: Registry, requests = new RequestsUnderWay(false)) {
    this.metrics = declareMetrics(registry);
    this.delays = new EventLoopDelays(requests);
  }

  /** Starts the measurements that run all the time. They do not keep the process alive. */
  start(): void {
    if (this.started) {
      return;
    }
    this.started = true;
    this.delays.start();
    this.threadElection.start();
    this.gcObserver.observe({ entryTypes: ['gc'] });
    this.lastCpu = process.cpuUsage();
    this.lastUtilization = performance.eventLoopUtilization();
  }

  /** Sets the metrics. Call it before each flush. Does nothing before start(). */
  report(): void {
    if (!this.started) {
      return;
    }
    if (this.threadElection.takeTurn()) {
      this.reportProcess();
    } else {
      this.skipProcess();
    }
    this.reportMemory();
    this.reportEventLoop();
    this.reportResources();
    this.countGc(this.gcObserver.takeRecords());
    this.metrics.uptime.set(process.uptime());
    this.metrics.version.set(process.version);
  }

  stop(): void {
    this.gcObserver.disconnect();
    this.delays.stop();
    this.threadElection.stop();
    this.started = false;
  }

  private reportProcess(): void {
    const cpu = process.cpuUsage();
    this.metrics.cpuUser.add(secondsBetween(this.lastCpu.user, cpu.user));
    this.metrics.cpuSystem.add(secondsBetween(this.lastCpu.system, cpu.system));
    this.lastCpu = cpu;
    this.metrics.rss.set(process.memoryUsage.rss());
  }

  /** Leaves the values of the process to another thread. */
  private skipProcess(): void {
    this.lastCpu = process.cpuUsage();
    this.metrics.rss.delete();
  }

  private reportMemory(): void {
    const { heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage();
    this.metrics.heapUsed.set(heapUsed);
    this.metrics.heapTotal.set(heapTotal);
    this.metrics.external.set(external);
    this.metrics.arrayBuffers.set(arrayBuffers);
  }

  private reportEventLoop(): void {
    const utilization = performance.eventLoopUtilization();
    const { utilization: share } = performance.eventLoopUtilization(
      utilization,
      this.lastUtilization,
    );
    this.metrics.utilization.set(Number.isFinite(share) ? share : 0);
    this.lastUtilization = utilization;
    this.reportDelays();
  }

  private reportDelays(): void {
    const { delay } = this.metrics;
    const delays = this.delays.take();
    for (const [statistic, delayMs] of [
      ['p50', delays?.p50Ms],
      ['p99', delays?.p99Ms],
      ['max', delays?.maxMs],
    ] as const) {
      if (delayMs === undefined) {
        delay.delete({ statistic });
      } else {
        delay.set(delayMs, { statistic });
      }
    }
  }

  private reportResources(): void {
    const counts = new Map<string, number>();
    for (const type of process.getActiveResourcesInfo()) {
      counts.set(type, (counts.get(type) ?? 0) + 1);
    }
    for (const type of this.resourceTypes) {
      if (!counts.has(type)) {
        this.metrics.activeResources.delete({ type });
      }
    }
    for (const [type, count] of counts) {
      this.metrics.activeResources.set(count, { type });
    }
    this.resourceTypes = new Set(counts.keys());
  }

  private countGc(entries: readonly PerformanceEntry[]): void {
    for (const { duration, detail } of entries as readonly GcEntry[]) {
      const kind = GC_KINDS[detail.kind] ?? 'other';
      this.metrics.gcCount.add(1, { kind });
      this.metrics.gcPauseTotal.add(duration, { kind });
    }
  }
}

function declareMetrics(registry: Registry) {
  const bytes = (description: string) => ({ description, units: Units.Bytes, registry });
  const seconds = (description: string) => ({ description, units: Units.Seconds, registry });
  return {
    rss: new IntGauge('nodejs/mem/rss', bytes('Memory of the process.')),
    heapUsed: new IntGauge('nodejs/mem/heap_used', bytes('Memory of objects.')),
    heapTotal: new IntGauge('nodejs/mem/heap_total', bytes('Memory that V8 holds for objects.')),
    external: new IntGauge('nodejs/mem/external', bytes('Memory outside V8 that objects hold.')),
    arrayBuffers: new IntGauge('nodejs/mem/array_buffers', bytes('Memory of array buffers.')),
    cpuUser: new FloatCounter('nodejs/cpu/user', seconds('CPU time of the process itself.')),
    cpuSystem: new FloatCounter('nodejs/cpu/system', seconds('CPU time in the kernel.')),
    delay: new FloatGauge('nodejs/event_loop/delay', {
      description: 'How late timers fired while requests were under way, since the last report.',
      fields: { statistic: 'string' },
      units: Units.Milliseconds,
      registry,
    }),
    utilization: new FloatGauge('nodejs/event_loop/utilization', {
      description:
        'How much of the time since the last report was spent in callbacks, from 0 to 1.',
      registry,
    }),
    gcCount: new Counter('nodejs/gc/count', {
      description: 'Garbage collections.',
      fields: { kind: 'string' },
      registry,
    }),
    gcPauseTotal: new FloatCounter('nodejs/gc/pause_total', {
      description: 'Time that garbage collection took from the process.',
      fields: { kind: 'string' },
      units: Units.Milliseconds,
      registry,
    }),
    activeResources: new IntGauge('nodejs/active_resources', {
      description: 'Sockets, timers and the like that keep the process alive.',
      fields: { type: 'string' },
      registry,
    }),
    uptime: new FloatGauge('nodejs/uptime', seconds('Since the process started.')),
    version: new StringGauge('nodejs/version', { description: 'The version of Node.', registry }),
  };
}

function secondsBetween(earlier: number, later: number): number {
  return Math.max(0, later - earlier) / MICROSECONDS_PER_SECOND;
}
