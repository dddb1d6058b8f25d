import { BroadcastChannel, isMainThread, threadId } from 'node:worker_threads';

const CHANNEL = 'nestjs-tsmon:process-reporter';
/** After this many reports without a message, an older thread counts as gone. */
const PATIENCE = 2;

interface Message {
  readonly threadId: number;
  /** False in an answer. */
  readonly asks: boolean;
}

/**
 * Elects the one thread that reports values of the whole process, such as CPU time. It is the oldest thread that reports,
 * so the main thread if that reports. Threads send each other messages, since no thread knows where else the library runs.
 */
export class ThreadElection {
  private channel: BroadcastChannel | undefined;
  /** The number of reports to wait for older threads. A worker thread waits for their answers before its first report. */
  private patience = isMainThread ? 0 : 1;

  start(): void {
    if (this.channel) {
      return;
    }
    this.channel = new BroadcastChannel(CHANNEL);
    this.channel.addEventListener('message', event =>
      this.onMessage((event as Event & { data: Message }).data),
    );
    this.channel.unref();
    this.ask();
  }

  stop(): void {
    this.channel?.close();
    this.channel = undefined;
  }

  /** Whether this thread must report now. Call it once for each report: it also asks the other threads for the next one. */
  takeTurn(): boolean {
    const isOldest = this.patience === 0;
    this.patience = Math.max(0, this.patience - 1);
    this.ask();
    return isOldest;
  }

  private onMessage({ threadId: other, asks }: Message): void {
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
