const RealDate = Date;
let offsetMs = 0;

/** The time of this machine as all code of the process sees it; timers and monotonic time do not jump. */
class JumpingDate extends RealDate {
  constructor(...args: [] | [value: number | string | Date]) {
    super(...((args.length === 0 ? [JumpingDate.now()] : args) as [number]));
  }

  static override now(): number {
    return RealDate.now() + offsetMs;
  }
}

/** From now on the clock of this process can jump. */
export function letClockJump(): void {
  globalThis.Date = JumpingDate as DateConstructor;
}

/** Sets the clock so far ahead of the real time, or behind it. */
export function setClockAhead(aheadMs: number): void {
  offsetMs = aheadMs;
}
