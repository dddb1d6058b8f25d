import { appendFile } from 'node:fs/promises';
import { Logger } from '@nestjs/common';

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
  private readonly logger = new Logger('Tsmon');

  async write(text: string): Promise<void> {
    // The first line of a message follows the time and the level: keep it from ours.
    this.logger.log(`Metrics:\n${text.trimEnd()}`);
  }
}
