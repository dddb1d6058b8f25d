import type { Cell } from '../../store/cell.js';
import { ExpiringMap } from './expiring-map.js';

/** The interval of a point, in whole microseconds since the epoch. */
export interface PointTimes {
  /** Undefined for a gauge. */
  readonly start: number | undefined;
  readonly end: number;
}

/** The reason why a stream takes no point. */
export type StreamObstacle =
  | { readonly tooEarly: true }
  /** The cell that has given the stream its point. */
  | { readonly takenBy: Cell };

/** The identity of a stream of the API. */
export interface StreamName {
  /** Names the metric and the target. */
  readonly group: string;
  /** Differs from the labels of the other streams in the group. */
  readonly labels: string;
  /** False when two cells may have these labels, because texts that the API does not take were changed. */
  readonly areLabelsExact: boolean;
}

/** A point that is remembered. */
interface Entry extends PointTimes {
  readonly cell: Cell;
  readonly request: object;
}

const MILLISECOND = 1000;
const SECOND = 1000 * MILLISECOND;
/** The least time between two points of a stream. The API compares their end times and refuses closer ones. */
export const SPACING_MICROS = 5 * SECOND;
/**
 * How far ahead a point may be dated to keep its distance from the one before. The API allows five minutes. Ten seconds are
 * enough for the two flushes of a shutdown right after another flush. They are also less than the minute for which a
 * released task number rests, so no other instance holds the number at that time.
 */
export const LONGEST_AHEAD_MICROS = 2 * SPACING_MICROS;
/** Streams get a point with each flush, and failed flushes are repeated after ten minutes at most. */
const LONGEST_SILENCE_MICROS = 3600 * SECOND;

/**
 * Chooses the times of points: the points of a stream are 5 s apart, and a stream that starts anew starts after its last
 * point. A point that comes too early is dated ahead, to the earliest time that is allowed. The flush does not wait instead,
 * since it holds a request.
 *
 * Most flushes give all streams of a metric a point of the same time, so one time is remembered for all these streams. A
 * stream that is new within 5 s of a flush is dated ahead with the others, although it need not be.
 */
export class StreamTimes {
  /** The end time of the last flush, for each group of streams. */
  private readonly ends = new ExpiringMap<number>(SPACING_MICROS);
  /** The last points of streams whose labels two cells may share. */
  private readonly inexact = new ExpiringMap<Entry>(SPACING_MICROS);
  /**
   * The last points that were dated ahead, or whose start was moved because the point before was dated ahead. They are needed
   * for the next point of the stream, even if it comes late because sending failed for a while.
   */
  private readonly irregular = new ExpiringMap<Entry>(LONGEST_SILENCE_MICROS);

  /**
   * Chooses and remembers the times of a point, unless the stream takes no point.
   *
   * @param request identifies the request in which the point will be sent.
   */
  reserve(
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

  /** Forgets all points. */
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

  private noteEnd(group: string, endTime: number): void {
    if (this.ends.get(group) !== endTime) {
      this.ends.set(group, endTime, endTime);
    }
  }

  private remember(stream: StreamName, entry: Entry, endTime: number): void {
    if (entry.end > endTime || entry.start !== usualStart(entry.cell)) {
      this.irregular.set(keyOf(stream), entry, endTime);
    } else {
      if (!this.irregular.isEmpty) {
        this.irregular.delete(keyOf(stream));
      }
      this.noteEnd(stream.group, endTime);
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
 * The start of a point must be a millisecond after the end of the stream before it. A reset time is later than all earlier
 * end times, if only by a microsecond, so the start is a millisecond after the reset time, unless the last point was dated
 * ahead.
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
