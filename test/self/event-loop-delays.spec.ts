import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../lib/clock/clock.js';
import { EventLoopDelays } from '../../lib/self/event-loop-delays.js';
import { RequestsUnderWay } from '../../lib/flush/requests-under-way.js';

describe('EventLoopDelays', () => {
  let nowMs: number;

  beforeEach(() => {
    nowMs = 1000;
    vi.useFakeTimers();
    vi.spyOn(systemClock, 'monotonicNow').mockImplementation(() => nowMs);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  /** Time passes while the event loop turns. */
  function pass(ms: number): void {
    for (let i = 0; i < ms; i++) {
      nowMs += 1;
      vi.advanceTimersByTime(1);
    }
  }

  /** Time passes while nothing can run, as the process is blocked or stopped. */
  function stall(ms: number): void {
    nowMs += ms;
  }

  function started(expected: boolean): { requests: RequestsUnderWay; delays: EventLoopDelays } {
    const requests = new RequestsUnderWay(expected);
    const delays = new EventLoopDelays(requests);
    delays.start();
    return { requests, delays };
  }

  it('measures how late timers fire while a request is under way', () => {
    const { requests, delays } = started(true);
    requests.begin();
    pass(100);
    expect(delays.take()!.maxMs).toBeLessThan(1);
    stall(300);
    pass(40);
    requests.end();
    expect(delays.take()!.maxMs).toBeCloseTo(300, -1);
    expect(delays.take()).toBeUndefined();
  });

  it('leaves out the time in which the process was frozen between requests, whatever runs first after it', () => {
    const { requests, delays } = started(true);
    requests.begin();
    pass(55);
    requests.end();
    stall(4000); // with a timer from the request still to fire
    pass(30);
    expect(delays.take()!.maxMs).toBeLessThan(1);
    requests.begin();
    pass(5);
    requests.end();
    stall(4000);
    requests.begin(); // the socket is read before the timer fires
    pass(30);
    requests.end();
    expect(delays.take()!.maxMs).toBeLessThan(25);
  });

  it('counts a request that blocks, and ends before the timer can fire', () => {
    const { requests, delays } = started(true);
    requests.begin();
    stall(300);
    requests.end();
    pass(20);
    expect(delays.take()!.maxMs).toBeCloseTo(280, -1);
  });

  it('has no timer where no request is under way', () => {
    const { requests, delays } = started(true);
    expect(vi.getTimerCount()).toBe(0);
    requests.begin();
    requests.begin();
    expect(vi.getTimerCount()).toBe(1);
    requests.end();
    pass(30);
    expect(vi.getTimerCount()).toBe(1);
    requests.end();
    pass(30);
    expect(vi.getTimerCount()).toBe(0);
    requests.begin();
    delays.stop();
    expect(vi.getTimerCount()).toBe(0);
    expect(delays.take()).toBeUndefined();
  });

  it('measures all the time where there are no requests, until a first one comes', () => {
    const { requests, delays } = started(false);
    stall(200);
    pass(40);
    expect(delays.take()!.maxMs).toBeCloseTo(200, -1);
    requests.begin();
    requests.end();
    delays.take();
    stall(4000);
    pass(100);
    expect(delays.take()).toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
  });
});
