import { abortable } from '../clock/deadline.js';
import type { Monitor, SendResult } from '../monitors/monitor.js';
import type { CellSnapshot } from '../store/snapshot.js';

/** What became of the cells that were sent. */
export interface Delivery {
  readonly accepted: CellSnapshot[];
  /** Not accepted now, but perhaps later. */
  readonly unsent: CellSnapshot[];
  /** Never to be accepted as they are. */
  readonly refused: CellSnapshot[];
  /** Why the cells of the two lists above were not accepted, without repetition. */
  readonly reasons: Set<string>;
}

/** Sends cells in chunks, several at a time. A chunk that fails does not stop the others. */
export class Sender {
  constructor(
    private readonly monitor: Monitor,
    private readonly workers: number,
  ) {}

  /** @param maySend asked in the same step as each chunk is sent. */
  async send(
    snapshots: readonly CellSnapshot[],
    endTime: number,
    maySend: () => boolean,
    signal: AbortSignal,
  ): Promise<Delivery> {
    const delivery: Delivery = { accepted: [], unsent: [], refused: [], reasons: new Set() };
    const chunks = this.chunksOf(snapshots);
    const work = async (): Promise<void> => {
      for (let chunk = chunks.shift(); chunk; chunk = chunks.shift()) {
        await this.sendChunk(chunk, endTime, maySend, signal, delivery);
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.workers, chunks.length) }, work));
    return delivery;
  }

  private chunksOf(snapshots: readonly CellSnapshot[]): CellSnapshot[][] {
    const size = this.monitor.chunkSize || snapshots.length;
    return Array.from({ length: Math.ceil(snapshots.length / (size || 1)) }, (_, i) =>
      snapshots.slice(i * size, (i + 1) * size),
    );
  }

  private async sendChunk(
    chunk: CellSnapshot[],
    endTime: number,
    maySend: () => boolean,
    signal: AbortSignal,
    delivery: Delivery,
  ): Promise<void> {
    try {
      signal.throwIfAborted();
      if (!maySend()) {
        throw new Error('The task number may be lost.');
      }
      const cells = chunk.map(({ cell }) => cell);
      const result = await abortable(this.monitor.send(cells, endTime, signal), signal);
      acknowledge(chunk, result, delivery);
    } catch (error) {
      for (const snapshot of chunk) {
        delivery.unsent.push(snapshot);
      }
      delivery.reasons.add(String(error));
    }
  }
}

function acknowledge(chunk: readonly CellSnapshot[], result: SendResult, delivery: Delivery): void {
  if (!Array.isArray(result?.rejected)) {
    throw new TypeError('send() of a monitor must resolve to { rejected: [] }.');
  }
  const rejected = new Map(result.rejected.map(rejection => [rejection.index, rejection]));
  chunk.forEach((snapshot, i) => {
    const rejection = rejected.get(i);
    if (!rejection) {
      snapshot.accept();
      delivery.accepted.push(snapshot);
      return;
    }
    (rejection.retry ? delivery.unsent : delivery.refused).push(snapshot);
    delivery.reasons.add(rejection.reason);
  });
}
