import { abortable } from '../../clock/deadline.js';

/** Lets only so much work run at a time. The rest waits in line. */
export class ExportSlots {
  private readonly line: (() => void)[] = [];

  constructor(private free: number) {}

  /** @throws the reason of the signal, when it is aborted before the work has begun. */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.take(signal);
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      this.give();
    }
  }

  private async take(signal: AbortSignal): Promise<void> {
    if (this.free > 0) {
      this.free -= 1;
      return;
    }
    let begin = (): void => undefined;
    const turn = new Promise<void>(resolve => {
      begin = resolve;
    });
    this.line.push(begin);
    try {
      await abortable(turn, signal);
    } catch (error) {
      this.leave(begin);
      throw error;
    }
  }

  private leave(begin: () => void): void {
    const place = this.line.indexOf(begin);
    if (place >= 0) {
      this.line.splice(place, 1);
    } else {
      this.give();
    }
  }

  private give(): void {
    const next = this.line.shift();
    if (next) {
      next();
    } else {
      this.free += 1;
    }
  }
}
