import { Logger } from '@nestjs/common';

/** Says each thing once, however often it happens. */
export class OnceLog {
  private readonly logger = new Logger('Tsmon');
  private readonly warned = new Set<string>();
  private readonly told = new Set<string>();

  /** What is wrong with a metric. Messages of one `topic` say the same. */
  warn(message: string, topic = message): void {
    if (!this.warned.has(topic)) {
      this.warned.add(topic);
      this.logger.warn(message);
    }
  }

  /** What a person must do, since nothing is written until then. */
  tell(message: string, topic: string): void {
    if (!this.told.has(topic)) {
      this.told.add(topic);
      this.logger.error(message);
    }
  }

  /** What was told was done: it is told again should it come back. */
  allIsWell(): void {
    this.told.clear();
  }
}
