import { systemClock } from '../clock/clock.js';

/**
 * Counts the requests in progress: HTTP requests from their first byte to the end of the response, and calls of other transports
 * while their handlers run. A platform may stop the process between them.
 */
export class RequestsUnderWay {
  private count = 0;
  private busySince = Number.NEGATIVE_INFINITY;
  private idleSince = Number.NEGATIVE_INFINITY;
  private whenBusy = (): void => {};
  private watched = (_request: object): boolean => false;

  /** @param expected whether requests will come, so that the time between them does not count. The first request also sets it. */
  constructor(private expected: boolean) {}

  /** Sets the callback that runs when a request begins while no other is in progress, in place of the last callback. */
  onBusy(callback: () => void): void {
    this.whenBusy = callback;
  }

  /** Notes that requests will come, since there is a server. */
  expect(): void {
    this.expected = true;
  }

  /** Sets what tells which HTTP requests are watched until their response has ended. */
  setWatched(watched: (request: object) => boolean): void {
    this.watched = watched;
  }

  /** Whether this is an HTTP request that is watched, and elected, where its response ends. */
  isWatched(request: unknown): boolean {
    return typeof request === 'object' && request !== null && this.watched(request);
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

  /** Whether the present time counts: a request is in progress, or this application serves no requests. */
  get counts(): boolean {
    return this.count > 0 || !this.expected;
  }

  /**
   * The milliseconds between `fromMs` and `toMs`, which is now, during which a request was in progress. The event loop must have
   * been blocked since `fromMs`, so that there was at most one busy period.
   */
  busyMs(fromMs: number, toMs: number): number {
    if (!this.expected) {
      return toMs - fromMs;
    }
    const untilMs = this.count > 0 ? toMs : this.idleSince;
    return Math.max(0, untilMs - Math.max(fromMs, this.busySince));
  }
}
