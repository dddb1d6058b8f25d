import { systemClock } from '../clock/clock.js';

/**
 * Knows whether requests are under way: HTTP requests from their first byte to the end of the response, calls of other
 * transports as long as their handlers run. A platform may stop the process between them.
 */
export class RequestsUnderWay {
  private count = 0;
  private busySince = Number.NEGATIVE_INFINITY;
  private idleSince = Number.NEGATIVE_INFINITY;
  private whenBusy = (): void => {};

  /** @param expected whether what happens outside of requests does not matter. A first request says so, too. */
  constructor(private expected: boolean) {}

  /** Calls back whenever a request begins and no other is under way, until another one asks for that. */
  onBusy(callback: () => void): void {
    this.whenBusy = callback;
  }

  /** There is a server, so that requests will come. */
  expect(): void {
    this.expected = true;
  }

  begin(): void {
    this.expected = true;
    this.count += 1;
    if (this.count === 1) {
      this.busySince = systemClock.monotonicNow();
      this.whenBusy();
    }
  }

  end(): void {
    this.count -= 1;
    if (this.count === 0) {
      this.idleSince = systemClock.monotonicNow();
    }
  }

  /** Whether the present time counts: a request is under way, or there are none in this application. */
  get counts(): boolean {
    return this.count > 0 || !this.expected;
  }

  /**
   * How many of the milliseconds from `fromMs` to `toMs`, which is now, a request was under way. Where the event loop was
   * blocked all the time between, as is asked here, there was only one period.
   */
  busyMs(fromMs: number, toMs: number): number {
    if (!this.expected) {
      return toMs - fromMs;
    }
    const untilMs = this.count > 0 ? toMs : this.idleSince;
    return Math.max(0, untilMs - Math.max(fromMs, this.busySince));
  }
}
