import type { Cell, Monitor, SendResult } from 'nestjs-tsmon';

/** Notes the outcome of each payload as the application knows it. The receiver cannot know it. */
export class WitnessedMonitor implements Monitor {
  readonly acceptedEndTimes: number[] = [];

  constructor(private readonly monitor: Monitor) {}

  get chunkSize(): number {
    return this.monitor.chunkSize;
  }

  async send(cells: readonly Cell[], endTime: number, signal: AbortSignal): Promise<SendResult> {
    const result = await this.monitor.send(cells, endTime, signal);
    if (!signal.aborted) {
      this.acceptedEndTimes.push(endTime);
    }
    return result;
  }

  close(): Promise<void> {
    return this.monitor.close();
  }
}
