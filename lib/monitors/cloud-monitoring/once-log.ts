import { log } from '../../log.js';

/** Says each thing once, however often it happens. */
export class OnceLog {
  private readonly warned = new Set<string>();
  private readonly told = new Set<string>();

  /** What is wrong with a metric. Messages of one `topic` say the same. */
  warn(message: string, topic = message): void {
    if (!this.warned.has(topic)) {
      this.warned.add(topic);
      log.warn(message);
    }
  }

  /** What a person must do, since nothing is written until then. */
  tell(message: string, topic: string): void {
    if (!this.told.has(topic)) {
      this.told.add(topic);
      log.error(message);
    }
  }

  /** What was told was done: it is told again should it come back. */
  allIsWell(): void {
    this.told.clear();
  }
}
