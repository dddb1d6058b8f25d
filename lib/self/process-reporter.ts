import { BroadcastChannel, isMainThread, threadId } from 'node:worker_threads';

const CHANNEL = 'nestjs-tsmon:process-reporter';
/** An older thread is taken for gone when it was silent for so many reports. */
const PATIENCE = 2;

interface Message {
  readonly threadId: number;
  /** False in an answer. */
  readonly asks: boolean;
}

/**
 * Finds the one thread that reports values of the whole process, such as its CPU time: the oldest of the threads that
 * report, which is the main thread if it reports. Threads ask each other, since none can know where else the library runs.
 */
export class ProcessReporter {
  private channel: BroadcastChannel | undefined;
  /** A thread that is not the main one lets the others answer before its first report. */
  private patience = isMainThread ? 0 : 1;

  start(): void {
    if (this.channel) {
      return;
    }
    this.channel = new BroadcastChannel(CHANNEL);
    this.channel.addEventListener('message', event =>
      this.heard((event as Event & { data: Message }).data),
    );
    this.channel.unref();
    this.ask();
  }

  stop(): void {
    this.channel?.close();
    this.channel = undefined;
  }

  /** Whether it is this thread's turn to report. Call it once for each report: it asks the other threads for the next one. */
  takeTurn(): boolean {
    const isOldest = this.patience === 0;
    this.patience = Math.max(0, this.patience - 1);
    this.ask();
    return isOldest;
  }

  private heard({ threadId: other, asks }: Message): void {
    if (other < threadId) {
      this.patience = PATIENCE;
    } else if (other > threadId && asks) {
      this.answer();
    }
  }

  private ask(): void {
    this.post({ threadId, asks: true });
  }

  private answer(): void {
    this.post({ threadId, asks: false });
  }

  private post(message: Message): void {
    this.channel?.postMessage(message);
  }
}
