import type { Cell } from '../../store/cell.js';
import type { Monitor, SendResult } from '../monitor.js';
import { rejectedOthers } from '../rejected-others.js';
import { FileOutput, LogOutput, type DebugOutput } from './debug-output.js';
import { jsonLines } from './json-lines.js';
import { partitionCells } from '../partition-cells.js';
import { textLines } from './text-lines.js';
import type { TimeSlice } from '../../clock/time-slice.js';
import { Turns } from '../../clock/turns.js';

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
/** So few that sorting them blocks the process for few milliseconds. */
const CHUNK_SIZE = 500;

/**
 * Shows cells to a person, or writes them to a file for a program, instead of sending them. Cells with a
 * broken value are refused, the others are written. Where the file cannot be opened the
 * cells are sent again later; after any other error some of the cells may be in the file already.
 *
 * @publicApi
 */
export class DebugMonitor implements Monitor {
  /** What messages call it. */
  readonly name: string = 'DebugMonitor';
  /** 500: each chunk is written at once, and as text has an order and headings of its own. */
  readonly chunkSize = CHUNK_SIZE;
  private readonly output: DebugOutput;
  private readonly linesOf: typeof textLines;
  private readonly turns = new Turns();

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
    return this.turns.take(slice => this.write(cells, endTime, slice, signal), signal);
  }

  close(): Promise<void> {
    return this.turns.idle();
  }

  private async write(
    cells: readonly Cell[],
    endTime: number,
    slice: TimeSlice,
    signal: AbortSignal,
  ): Promise<SendResult> {
    const { valid, rejected } = await partitionCells(cells, slice);
    if (valid.length === 0) {
      return { rejected };
    }
    const text = await this.textOf(valid, endTime, slice);
    signal.throwIfAborted();
    try {
      await this.output.write(text);
      return { rejected };
    } catch (error) {
      if (!wasNotOpened(error)) {
        throw error;
      }
      return { rejected: [...rejected, ...rejectedOthers(cells, rejected, error, 'retry')] };
    }
  }

  private async textOf(cells: readonly Cell[], endTime: number, slice: TimeSlice): Promise<string> {
    let text = '';
    for await (const line of this.linesOf(cells, endTime, slice)) {
      text += `${line}\n`;
    }
    return text;
  }
}

/** Whether the file could not be opened, so that nothing was written to it. */
function wasNotOpened(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === 'open';
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
