import { createHistogram } from 'node:perf_hooks';
import { systemClock } from '../clock/clock.js';
import type { RequestsUnderWay } from '../flush/requests-under-way.js';

const PERIOD_MS = 20;
const MICROSECONDS_PER_MILLISECOND = 1000;

/** The delays of timers. */
interface DelaySummary {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/**
 * Measures how late timers fire during requests. Between requests a platform may give the process no CPU, so that timers
 * are late by seconds or hours. No request notices that, but Node's own histogram would count it. While the process is
 * idle, no timer runs.
 */
export class EventLoopDelays {
  private readonly histogram = createHistogram();
  private timer: NodeJS.Timeout | undefined;
  private dueMs = 0;
  private started = false;

  constructor(private readonly requests: RequestsUnderWay) {}

  start(): void {
    this.started = true;
    this.requests.onBusy(() => this.arm());
    if (this.requests.counts) {
      this.arm();
    }
  }

  stop(): void {
    this.started = false;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.histogram.reset();
  }

  /** Returns the delays since the last call, or undefined if none was measured. */
  take(): DelaySummary | undefined {
    const { histogram } = this;
    if (histogram.count === 0) {
      return undefined;
    }
    const summary = {
      p50Ms: histogram.percentile(50) / MICROSECONDS_PER_MILLISECOND,
      p99Ms: histogram.percentile(99) / MICROSECONDS_PER_MILLISECOND,
      maxMs: histogram.max / MICROSECONDS_PER_MILLISECOND,
    };
    histogram.reset();
    return summary;
  }

  private arm(): void {
    if (this.started && !this.timer) {
      this.dueMs = systemClock.monotonicNow() + PERIOD_MS;
      this.timer = setTimeout(this.tick, PERIOD_MS).unref();
    }
  }

  private readonly tick = (): void => {
    const nowMs = systemClock.monotonicNow();
    const delayMs = this.requests.busyMs(this.dueMs, nowMs);
    this.timer = undefined;
    if (this.requests.counts || delayMs > 0) {
      this.record(delayMs);
    }
    if (this.requests.counts) {
      this.arm();
    }
  };

  /** Rounds the delay: Node's histogram takes only whole numbers from 1 on. */
  private record(delayMs: number): void {
    this.histogram.record(Math.max(1, Math.round(delayMs * MICROSECONDS_PER_MILLISECOND)));
  }
}
