import { appendFile } from 'node:fs/promises';
import { log } from '../../log.js';

/** The output of the debug monitor. */
export interface DebugOutput {
  /** @param text whole lines. */
  write(text: string): Promise<void>;
}

/** Appends to a file. Opens the file again each time, so that the file may be moved away. */
export class FileOutput implements DebugOutput {
  constructor(private readonly path: string) {}

  async write(text: string): Promise<void> {
    await appendFile(this.path, text);
  }
}

/** Writes to the log of the application. */
export class LogOutput implements DebugOutput {
  async write(text: string): Promise<void> {
    // Begins with a line break, since the log puts the time and the level before the first line.
    log.lines(`Metrics:\n${text.trimEnd()}`);
  }
}
