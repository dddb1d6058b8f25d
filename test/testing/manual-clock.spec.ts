import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../lib/testing/manual-clock.js';

describe('ManualClock', () => {
  it('stands still until it is advanced, then moves both clocks', () => {
    const clock = new ManualClock(5_000);
    expect([clock.now(), clock.monotonicNow()]).toEqual([5_000, 0]);
    clock.advance(250);
    clock.advance(0);
    expect([clock.now(), clock.monotonicNow()]).toEqual([5_250, 250]);
  });

  it('fires timers in the order of their time, then of their making, at their own time', () => {
    const clock = new ManualClock(0);
    const fired: string[] = [];
    const note = (name: string) => () => fired.push(`${name}@${clock.now()}`);
    clock.after(30, note('c'));
    clock.after(10, note('a1'));
    clock.after(10, note('a2'));
    clock.after(20, note('b'));
    clock.advance(29);
    expect(fired).toEqual(['a1@10', 'a2@10', 'b@20']);
    clock.advance(1);
    expect(fired).toEqual(['a1@10', 'a2@10', 'b@20', 'c@30']);
    clock.advance(1000);
    expect(fired).toHaveLength(4);
  });

  it('fires timers that timers make, where they fall due on the way', () => {
    const clock = new ManualClock(0);
    const fired: number[] = [];
    const tick = (): void => {
      fired.push(clock.now());
      clock.after(10, tick);
    };
    clock.after(10, tick);
    clock.advance(35);
    expect(fired).toEqual([10, 20, 30]);
    expect(clock.now()).toBe(35);
  });

  it('does not fire a timer that was taken back, also by an earlier timer of the same advance', () => {
    const clock = new ManualClock(0);
    const fired: string[] = [];
    const cancelNever = clock.after(5, () => fired.push('never'));
    const cancelLater = clock.after(10, () => fired.push('later'));
    clock.after(7, cancelLater);
    cancelNever();
    clock.advance(100);
    expect(fired).toEqual([]);
  });

  it('takes a delay that is negative for zero', () => {
    const clock = new ManualClock(0);
    let firedAt = -1;
    clock.after(-50, () => (firedAt = clock.now()));
    expect(firedAt).toBe(-1);
    clock.advance(0);
    expect(firedAt).toBe(0);
  });

  it('never goes back, also when a timer advances it', () => {
    const clock = new ManualClock(0);
    const seen: number[] = [];
    clock.after(10, () => clock.advance(100));
    clock.after(50, () => seen.push(clock.now()));
    clock.advance(20);
    expect(seen).toEqual([50]);
    expect(clock.now()).toBe(110);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('refuses to advance by %s', ms => {
    expect(() => new ManualClock().advance(ms)).toThrow(RangeError);
  });

  it('refuses a start that is no time', () => {
    expect(() => new ManualClock(Number.NaN)).toThrow(/startMs .* NaN/);
  });
});
