const RealDate = Date;
let offsetMs = 0;

/** Date with a clock that can jump, for all code of the process. Timers and monotonic time do not jump. */
class JumpingDate extends RealDate {
  constructor(...args: [] | [value: number | string | Date]) {
    super(...((args.length === 0 ? [JumpingDate.now()] : args) as [number]));
  }

  static override now(): number {
    return RealDate.now() + offsetMs;
  }
}

/** Replaces the Date of this process by one whose clock can jump. */
export function letClockJump(): void {
  globalThis.Date = JumpingDate as DateConstructor;
}

/** Sets how far the clock is ahead of the real time, or behind it. */
export function setClockAhead(aheadMs: number): void {
  offsetMs = aheadMs;
}
