import type { Cell } from '../../store/cell.js';
import type { Monitor, SendResult } from '../monitor.js';
import { rejectedOthers } from '../rejected-others.js';
import { FileOutput, LogOutput, type DebugOutput } from './debug-output.js';
import { jsonLines } from './json-lines.js';
import { partitionCells } from '../partition-cells.js';
import { textLines } from './text-lines.js';
import { TimeSlice } from '../../clock/time-slice.js';

/**
 * What a {@link DebugMonitor} takes.
 *
 * @publicApi
 */
export interface DebugMonitorOptions {
  /**
   * Path of a file to append to. It is made if need be, its folder is not.
   *
   * @default the log of the application
   */
  file?: string | undefined;
  /**
   * `text` is for a person: a heading for each target, below it its cells, ordered by metric and fields.
   *
   * `json` is for a program: one JSON object a line, one line a cell, such as
   * `{"target":{"service_name":"shop",…},"metric":"shop/orders","kind":"Counter","units":"","fields":{"status":"ok"},
   * "value":3,"start":"2026-01-02T03:04:05.678901Z","end":"2026-01-02T03:05:05.678901Z"}`.
   * Gauges have no `start`. The value of a distribution is
   * `{"count":2,"sum":3,"mean":1.5,"buckets":[{"from":1,"to":2,"count":2}]}`: without `mean` where it is empty, with
   * the buckets that hold samples only, and the bounds `"-Infinity"` and `"Infinity"` as strings.
   *
   * @default 'text'
   */
  format?: 'text' | 'json' | undefined;
}

const FORMATS = { text: textLines, json: jsonLines };
const PIECE_LENGTH = 64 * 1024;

/**
 * Shows cells to a person, or writes them to a file for a program, instead of sending them. Cells with a
 * broken value are refused, the others are written. Where the file cannot be opened the
 * cells are sent again later; after any other error some of the cells may be in the file already.
 *
 * @publicApi
 */
export class DebugMonitor implements Monitor {
  /** It takes any number. */
  readonly chunkSize = 0;
  private readonly output: DebugOutput;
  private readonly linesOf: typeof textLines;
  private lastTurn: Promise<unknown> = Promise.resolve();

  /**
   * Checks the options, and opens no file yet.
   *
   * @throws TypeError for an unknown option or one of a wrong type, RangeError for an unknown format.
   */
  constructor(options: DebugMonitorOptions = {}) {
    const { file, format = 'text' } = checkedOptions(options);
    this.output = file === undefined ? new LogOutput() : new FileOutput(file);
    this.linesOf = FORMATS[format];
  }

  async send(cells: readonly Cell[], endTime: number, signal: AbortSignal): Promise<SendResult> {
    signal.throwIfAborted();
    const turn = this.lastTurn.then(() => this.write(cells, endTime, signal));
    this.lastTurn = turn.catch(() => undefined);
    return turn;
  }

  async close(): Promise<void> {
    await this.lastTurn;
  }

  private async write(
    cells: readonly Cell[],
    endTime: number,
    signal: AbortSignal,
  ): Promise<SendResult> {
    const slice = new TimeSlice();
    const { valid, rejected } = await partitionCells(cells, slice);
    let isBegun = false;
    try {
      const lines = valid.length > 0 ? this.linesOf(valid, endTime, slice) : [];
      for await (const piece of inPieces(lines)) {
        signal.throwIfAborted();
        await this.output.write(piece);
        isBegun = true;
      }
      return { rejected };
    } catch (error) {
      if (isBegun || !wasNotOpened(error)) {
        throw error;
      }
      return { rejected: [...rejected, ...rejectedOthers(cells, rejected, error, 'retry')] };
    }
  }
}

/** Whether the file could not be opened, so that nothing was written to it. */
function wasNotOpened(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === 'open';
}

async function* inPieces(lines: AsyncIterable<string> | Iterable<string>): AsyncGenerator<string> {
  let piece = '';
  for await (const line of lines) {
    piece += `${line}\n`;
    if (piece.length >= PIECE_LENGTH) {
      yield piece;
      piece = '';
    }
  }
  if (piece) {
    yield piece;
  }
}

function checkedOptions(options: DebugMonitorOptions): DebugMonitorOptions {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`The options of a DebugMonitor must be an object, got ${String(options)}.`);
  }
  const unknown = Object.keys(options).find(name => name !== 'file' && name !== 'format');
  if (unknown !== undefined) {
    throw new TypeError(`A DebugMonitor has no option "${unknown}"; it has "file" and "format".`);
  }
  const { file, format } = options;
  if (file !== undefined && (typeof file !== 'string' || file === '')) {
    throw new TypeError(
      `file of a DebugMonitor must be the path of a file, got ${JSON.stringify(file)}.`,
    );
  }
  if (format !== undefined && !Object.hasOwn(FORMATS, format)) {
    throw new RangeError(
      `format of a DebugMonitor must be "text" or "json", got ${JSON.stringify(format)}.`,
    );
  }
  return options;
}
