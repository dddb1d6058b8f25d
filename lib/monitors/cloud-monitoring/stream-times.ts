import { systemClock } from '../../clock/clock.js';
import type { Cell } from '../../store/cell.js';
import { StreamMap, type StreamName } from './stream-map.js';

/** From when to when a point counts: whole microseconds since the epoch. */
export interface PointTimes {
  /** None for a gauge. */
  readonly start: number | undefined;
  readonly end: number;
}

/** Why a stream takes no point. */
export type StreamObstacle =
  | { readonly tooEarly: true }
  /** The cell that the stream has its point from. */
  | { readonly takenBy: Cell };

interface Entry extends PointTimes {
  readonly cell: Cell;
  readonly request: object;
}

const MILLISECOND = 1000;
const SECOND = 1000 * MILLISECOND;
/** The least time between two points of a stream: the API compares their end times, and refuses closer ones. */
export const SPACING_MICROS = 5 * SECOND;
/**
 * How far ahead a point may be dated to keep its distance. The API allows five minutes. This is enough for the two
 * flushes of a shutdown, at once after another flush, and little enough that a number is never given to another
 * instance in that time, since a released one rests for a minute.
 */
export const LONGEST_AHEAD_MICROS = 2 * SPACING_MICROS;
/** Streams get a point with each flush; failed flushes are repeated after ten minutes at most. */
const LONGEST_SILENCE_MICROS = 3600 * SECOND;

/**
 * The times of points, so that those of a stream are 5 s apart, and that what starts anew starts after what was. A
 * point that comes too early is dated as early as is allowed: waiting would cost a request its time, and the last
 * flush before the process ends has nothing to wait for.
 */
export class StreamTimes {
  private recent = new StreamMap<Entry>();
  private older = new StreamMap<Entry>();
  private rotatedAt = -Infinity;
  /**
   * The last points that were dated ahead, or whose start was moved since the one before was. They matter until the
   * next point of the stream, also where that comes late, since nothing could be sent for a while.
   */
  private irregular = new StreamMap<Entry>();
  /** The entries of streams without a point in the last hour. A stream without one for another hour has ended. */
  private olderIrregular = new StreamMap<Entry>();
  private irregularSince = -Infinity;
  private cancelForgetting = (): void => {};

  /** Takes the times of a point, unless the stream takes none. `request` is what it will be sent in. */
  claim(
    stream: StreamName,
    cell: Cell,
    endTime: number,
    request: object,
  ): PointTimes | StreamObstacle {
    const last = this.lastOf(stream);
    const earliest = last ? last.end + SPACING_MICROS : -Infinity;
    if (last && endTime < earliest && (last.request === request || !isSameCell(last.cell, cell))) {
      return { takenBy: last.cell };
    }
    const start = startOf(cell, last);
    const end = Math.max(endTime, earliest, start === undefined ? -Infinity : start + MILLISECOND);
    if (end > endTime + LONGEST_AHEAD_MICROS) {
      return { tooEarly: true };
    }
    this.forgetOld(endTime);
    this.forgetEnded(endTime);
    this.remember(stream, { start, end, cell, request }, endTime);
    return { start, end };
  }

  /** Lets go of everything. */
  clear(): void {
    this.forgetRegular();
    this.irregular = new StreamMap();
    this.olderIrregular = new StreamMap();
  }

  private lastOf(stream: StreamName): Entry | undefined {
    return (
      this.irregular.get(stream) ??
      this.olderIrregular.get(stream) ??
      this.recent.get(stream) ??
      this.older.get(stream)
    );
  }

  private remember(stream: StreamName, entry: Entry, endTime: number): void {
    this.recent.set(stream, entry);
    if (entry.end > endTime || entry.start !== usualStart(entry.cell)) {
      this.irregular.set(stream, entry);
    } else {
      this.irregular.delete(stream);
      this.olderIrregular.delete(stream);
    }
  }

  private forgetEnded(endTime: number): void {
    if (endTime >= this.irregularSince + LONGEST_SILENCE_MICROS) {
      this.olderIrregular = this.irregular;
      this.irregular = new StreamMap();
      this.irregularSince = endTime;
    }
  }

  private forgetOld(endTime: number): void {
    if (endTime < this.rotatedAt + SPACING_MICROS) {
      return;
    }
    this.older = endTime < this.rotatedAt + 2 * SPACING_MICROS ? this.recent : new StreamMap();
    this.recent = new StreamMap();
    this.rotatedAt = endTime;
    this.cancelForgetting();
    // All that the present maps can get has said what it had to by then.
    this.cancelForgetting = systemClock.after((2 * SPACING_MICROS) / MILLISECOND, () =>
      this.forgetRegular(),
    );
  }

  private forgetRegular(): void {
    this.cancelForgetting();
    this.recent = new StreamMap();
    this.older = new StreamMap();
  }
}

/**
 * A start must be a millisecond after the last end before it. Reset times are later than all end times before them, if
 * only by a microsecond, so a millisecond later will do: but where the last point was dated ahead.
 */
function startOf(cell: Cell, last: Entry | undefined): number | undefined {
  const usual = usualStart(cell);
  if (last?.start === undefined || usual === undefined) {
    return usual;
  }
  return last.cell.resetTime === cell.resetTime
    ? last.start
    : Math.max(usual, last.end + MILLISECOND);
}

function usualStart({ metric, resetTime }: Cell): number | undefined {
  return metric.kind.cumulative ? resetTime + MILLISECOND : undefined;
}

function isSameCell(a: Cell, b: Cell): boolean {
  return (
    a.metric.name === b.metric.name &&
    a.target.key === b.target.key &&
    a.fieldValues.length === b.fieldValues.length &&
    a.fieldValues.every((value, i) => value === b.fieldValues[i])
  );
}
