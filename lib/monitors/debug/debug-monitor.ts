import type { Cell } from '../../store/cell.js';
import type { Monitor, SendResult } from '../monitor.js';
import { rejectRest } from '../reject-rest.js';
import { debugOptions, type DebugMonitorOptions } from './debug-options.js';
import { FileOutput, LogOutput, type DebugOutput } from './debug-output.js';
import { jsonLines } from './json-lines.js';
import { ShownCells } from './shown-cells.js';
import { partitionCells } from '../partition-cells.js';
import { textLines } from './text-lines.js';
import type { TimeSlice } from '../../clock/time-slice.js';
import { WorkQueue } from '../../clock/work-queue.js';

const FORMATS = { text: textLines, json: jsonLines };
/** Small enough that sorting a chunk blocks the process for a few milliseconds only. */
const CHUNK_SIZE = 500;

/**
 * Shows cells that have changed to a person in the log, or writes all cells to a file for a program. Cells with a broken value are refused, and the others
 * are written. If the file cannot be opened, the cells are sent again later. After any other error some of the cells may already
 * be in the file.
 *
 * @publicApi
 */
export class DebugMonitor implements Monitor {
  /** The name in messages. */
  readonly name: string = 'DebugMonitor';
  /** 500. Each chunk is written at once; as text it has its own order and headings. */
  readonly chunkSize = CHUNK_SIZE;
  private readonly output: DebugOutput;
  private readonly linesOf: typeof textLines;
  /** Undefined if every cell is shown each time. */
  private readonly shown: ShownCells | undefined;
  private readonly queue = new WorkQueue();

  /**
   * Checks the options. It opens no file yet.
   *
   * @throws TypeError for an unknown option or one of a wrong type, RangeError for an empty path or an unknown format.
   */
  constructor(options: DebugMonitorOptions = {}) {
    const {
      file,
      format,
      show = file === undefined ? 'changes' : 'all',
    } = debugOptions.check(options, 'DebugMonitor');
    this.output = file === undefined ? new LogOutput() : new FileOutput(file);
    this.linesOf = FORMATS[format];
    this.shown = show === 'changes' ? new ShownCells() : undefined;
  }

  async send(cells: readonly Cell[], endTime: number, signal: AbortSignal): Promise<SendResult> {
    return this.queue.run(slice => this.write(cells, endTime, slice, signal), signal);
  }

  close(): Promise<void> {
    return this.queue.idle();
  }

  private async write(
    given: readonly Cell[],
    endTime: number,
    slice: TimeSlice,
    signal: AbortSignal,
  ): Promise<SendResult> {
    const { valid, rejected } = await partitionCells(given, slice);
    const cells = this.shown?.changedOf(valid) ?? valid;
    if (cells.length === 0) {
      return { rejected };
    }
    const text = await this.textOf(cells, endTime, slice, valid.length);
    signal.throwIfAborted();
    try {
      await this.output.write(text);
      this.shown?.note(cells);
      return { rejected };
    } catch (error) {
      if (!wasNotOpened(error)) {
        throw error;
      }
      return { rejected: [...rejected, ...rejectRest(given, rejected, error, 'retry')] };
    }
  }

  private async textOf(
    cells: readonly Cell[],
    endTime: number,
    slice: TimeSlice,
    sent: number,
  ): Promise<string> {
    let text = '';
    for await (const line of this.linesOf(cells, endTime, slice, sent)) {
      text += `${line}\n`;
    }
    return text;
  }
}

/** Whether the file could not be opened, so that nothing was written to it. */
function wasNotOpened(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === 'open';
}
