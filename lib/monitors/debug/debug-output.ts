import { appendFile } from 'node:fs/promises';
import { log } from '../../log.js';

/** Where the debug monitor writes. */
export interface DebugOutput {
  /** @param text whole lines. */
  write(text: string): Promise<void>;
}

/** Appends to a file, which it opens anew each time, so that the file may be moved away. */
export class FileOutput implements DebugOutput {
  constructor(private readonly path: string) {}

  async write(text: string): Promise<void> {
    await appendFile(this.path, text);
  }
}

/** Writes to the log of the application. */
export class LogOutput implements DebugOutput {
  async write(text: string): Promise<void> {
    // The first line of a message follows the time and the level: keep it from ours.
    log.lines(`Metrics:\n${text.trimEnd()}`);
  }
}
