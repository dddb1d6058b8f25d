import type { Cell } from '../../store/cell.js';
import { ForgetfulMap } from './forgetful-map.js';

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

/** A stream of the API, by texts that no other has. */
export interface StreamName {
  /** Says which metric and which target it is of. */
  readonly group: string;
  /** Tells it from the other streams of its group. */
  readonly labels: string;
  /** False where two cells may have these labels, since the API takes no such texts and they were changed. */
  readonly areLabelsExact: boolean;
}

/** A point that is remembered. */
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
/** Streams get a point with each flush, and failed flushes are repeated after ten minutes at most. */
const LONGEST_SILENCE_MICROS = 3600 * SECOND;

/**
 * The times of points, so that those of a stream are 5 s apart, and that what starts anew starts after what was. A
 * point that comes too early is dated as early as is allowed: waiting would cost a request its time, and the last
 * flush before the process ends has nothing to wait for.
 *
 * Most flushes give all streams of a metric a point of the same time, so one time is remembered for all of them. A
 * stream that is new within 5 s of a flush is then dated ahead with the others, though it need not be.
 */
export class StreamTimes {
  /** The end time of the last flush, for each group of streams. */
  private readonly ends = new ForgetfulMap<number>(SPACING_MICROS);
  /** The last points of streams whose labels another cell may have, too. */
  private readonly inexact = new ForgetfulMap<Entry>(SPACING_MICROS);
  /**
   * The last points that were dated ahead, or whose start was moved since the one before was. They matter until the
   * next point of the stream, also where that comes late, since nothing could be sent for a while.
   */
  private readonly irregular = new ForgetfulMap<Entry>(LONGEST_SILENCE_MICROS);

  /**
   * Takes the times of a point, unless the stream takes none.
   *
   * @param request what the point will be sent in.
   */
  claim(
    stream: StreamName,
    cell: Cell,
    endTime: number,
    request: object,
  ): PointTimes | StreamObstacle {
    const last = this.entryOf(stream) ?? this.lastOfGroup(stream, endTime);
    const earliest = last ? last.end + SPACING_MICROS : -Infinity;
    if (isEntry(last) && endTime < earliest && isOfOther(last, cell, request)) {
      return { takenBy: last.cell };
    }
    const start = startOf(cell, last);
    const end = Math.max(endTime, earliest, start === undefined ? -Infinity : start + MILLISECOND);
    if (end > endTime + LONGEST_AHEAD_MICROS) {
      return { tooEarly: true };
    }
    this.remember(stream, { start, end, cell, request }, endTime);
    return { start, end };
  }

  /** Lets go of everything. */
  clear(): void {
    this.ends.clear();
    this.inexact.clear();
    this.irregular.clear();
  }

  private entryOf(stream: StreamName): Entry | undefined {
    if (this.irregular.isEmpty && stream.areLabelsExact) {
      return undefined;
    }
    const key = keyOf(stream);
    return this.irregular.get(key) ?? this.inexact.get(key);
  }

  private lastOfGroup(
    { group, areLabelsExact }: StreamName,
    endTime: number,
  ): PointTimes | undefined {
    const end = areLabelsExact ? this.ends.get(group) : undefined;
    return end === undefined || end === endTime ? undefined : { start: undefined, end };
  }

  private remember(stream: StreamName, entry: Entry, endTime: number): void {
    if (entry.end > endTime || entry.start !== usualStart(entry.cell)) {
      this.irregular.set(keyOf(stream), entry, endTime);
    } else {
      if (!this.irregular.isEmpty) {
        this.irregular.delete(keyOf(stream));
      }
      this.ends.set(stream.group, endTime, endTime);
    }
    if (!stream.areLabelsExact) {
      this.inexact.set(keyOf(stream), entry, endTime);
    }
  }
}

function keyOf({ group, labels }: StreamName): string {
  return `${group} ${labels}`;
}

function isEntry(times: PointTimes | undefined): times is Entry {
  return times !== undefined && 'cell' in times;
}

/** Whether the stream has its point from another cell, or from the same one in the same request. */
function isOfOther(entry: Entry, cell: Cell, request: object): boolean {
  return entry.request === request || !isSameCell(entry.cell, cell);
}

/**
 * A start must be a millisecond after the last end before it. Reset times are later than all end times before them, if
 * only by a microsecond, so a millisecond later will do: but where the last point was dated ahead.
 */
function startOf(cell: Cell, last: PointTimes | undefined): number | undefined {
  const usual = usualStart(cell);
  if (!isEntry(last) || last.start === undefined || usual === undefined) {
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
