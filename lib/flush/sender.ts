import { abortable } from '../clock/deadline.js';
import type { Monitor, SendResult } from '../monitors/monitor.js';
import type { SendLedger } from '../store/send-ledger.js';
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

/** What forbids sending, if anything does. It is asked in the same step as each chunk is sent. */
export type Obstacle = () => string | undefined;

/** Where cells are handed to be sent. */
export interface CellSender {
  send(
    snapshots: readonly CellSnapshot[],
    endTime: number,
    obstacle: Obstacle,
    signal: AbortSignal,
  ): Promise<Delivery>;
}

/** Who is told what became of the sends. */
export type SendWitness = Pick<SendLedger, 'begin' | 'answered' | 'unanswered'>;

/** Sends cells in chunks, several at a time. A chunk that fails does not stop the others. */
export class Sender implements CellSender {
  constructor(
    private readonly monitor: Monitor,
    private readonly workers: number,
    private readonly ledger: SendWitness,
  ) {}

  async send(
    snapshots: readonly CellSnapshot[],
    endTime: number,
    obstacle: Obstacle,
    signal: AbortSignal,
  ): Promise<Delivery> {
    const delivery: Delivery = { accepted: [], unsent: [], refused: [], reasons: new Set() };
    const chunks = this.chunksOf(snapshots);
    const work = async (): Promise<void> => {
      for (let chunk = chunks.shift(); chunk; chunk = chunks.shift()) {
        await this.sendChunk(chunk, endTime, obstacle, signal, delivery);
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
    chunk: readonly CellSnapshot[],
    endTime: number,
    obstacle: Obstacle,
    signal: AbortSignal,
    delivery: Delivery,
  ): Promise<void> {
    try {
      signal.throwIfAborted();
      const forbidden = obstacle();
      if (forbidden !== undefined) {
        throw new Error(forbidden);
      }
      this.ledger.begin(chunk);
      const cells = chunk.map(({ cell }) => cell);
      const result = await abortable(this.monitor.send(cells, endTime, signal), signal);
      this.ledger.answered(chunk, acceptedOf(chunk, result, delivery));
    } catch (error) {
      this.ledger.unanswered(chunk);
      for (const snapshot of chunk) {
        delivery.unsent.push(snapshot);
      }
      delivery.reasons.add(String(error));
    }
  }
}

/** Notes what became of each cell, and returns those that were accepted. */
function acceptedOf(
  chunk: readonly CellSnapshot[],
  result: SendResult,
  delivery: Delivery,
): CellSnapshot[] {
  if (!Array.isArray(result?.rejected)) {
    throw new TypeError('send() of a monitor must resolve to { rejected: [] }.');
  }
  const rejected = new Map(result.rejected.map(rejection => [rejection.index, rejection]));
  return chunk.filter((snapshot, i) => {
    const rejection = rejected.get(i);
    if (!rejection) {
      delivery.accepted.push(snapshot);
      return true;
    }
    (rejection.retry ? delivery.unsent : delivery.refused).push(snapshot);
    delivery.reasons.add(rejection.reason);
    return false;
  });
}
