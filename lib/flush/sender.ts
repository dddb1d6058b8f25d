import { abortable } from '../clock/deadline.js';
import type { Monitor } from '../monitors/monitor.js';
import { OwnWork } from '../own-work.js';
import { TimeSlice } from '../clock/time-slice.js';
import type { Snapshots } from '../store/capture.js';
import type { SendLedger } from '../store/send-ledger.js';
import type { CellSnapshot } from '../store/snapshot.js';
import { chunkOutcome, type ChunkOutcome } from './chunk-outcome.js';
import type { FlushSettings } from './flush-settings.js';
import { addReason } from './reasons.js';

/** How many snapshots are made between two looks at the clock. */
const CELLS_PER_STEP = 500;

/** What became of the cells that were sent. */
export interface Delivery {
  /** How many cells were accepted. */
  accepted: number;
  /** To be sent again: surely not written, or of unknown outcome. */
  readonly unsent: CellSnapshot[];
  /** Never to be accepted as they are. */
  readonly refused: CellSnapshot[];
  /** Why the cells of the two lists above were not accepted, without repetition: the first reasons. */
  readonly reasons: Set<string>;
}

/** Says why a chunk must not be sent; undefined where it may. Called in the same step as each chunk is sent. */
export type SendGate = () => string | undefined;

/** Where cells are handed to be sent. */
export interface CellSender {
  send(
    snapshots: Snapshots,
    endTime: number,
    gate: SendGate,
    signal: AbortSignal,
  ): Promise<Delivery>;
}

/** Is told what became of each chunk that was sent. */
export type SendObserver = Pick<SendLedger, 'begin' | 'answered' | 'unanswered'>;

/** Sends cells in chunks, several at a time. A chunk that fails does not stop the others. */
export class Sender implements CellSender {
  private readonly ownWork = new OwnWork();

  constructor(
    private readonly monitor: Monitor,
    private readonly settings: Pick<FlushSettings, 'workers'>,
    private readonly ledger: SendObserver,
  ) {}

  async send(
    snapshots: Snapshots,
    endTime: number,
    gate: SendGate,
    signal: AbortSignal,
  ): Promise<Delivery> {
    const delivery: Delivery = { accepted: 0, unsent: [], refused: [], reasons: new Set() };
    const size = this.monitor.chunkSize || snapshots.length;
    const slice = new TimeSlice();
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < snapshots.length) {
        const from = next;
        const to = Math.min(from + size, snapshots.length);
        next = to;
        // Snapshots are made right before they are sent, while they are still in the caches of the processor.
        const chunk: CellSnapshot[] = [];
        for (let i = from; i < to; i += CELLS_PER_STEP) {
          if (slice.isOver) {
            await slice.next();
          }
          chunk.push(...snapshots.slice(i, Math.min(i + CELLS_PER_STEP, to)));
        }
        await this.sendChunk(chunk, endTime, gate, signal, delivery);
      }
    };
    const chunks = Math.ceil(snapshots.length / (size || 1));
    await Promise.all(Array.from({ length: Math.min(this.settings.workers, chunks) }, work));
    return delivery;
  }

  private async sendChunk(
    chunk: readonly CellSnapshot[],
    endTime: number,
    gate: SendGate,
    signal: AbortSignal,
    delivery: Delivery,
  ): Promise<void> {
    try {
      signal.throwIfAborted();
      const forbidden = gate();
      if (forbidden !== undefined) {
        throw new Error(forbidden);
      }
      this.ledger.begin(chunk);
      const sent = this.ownWork.runUncounted(() => this.monitor.send(chunk, endTime, signal));
      const result = await abortable(sent, signal);
      const outcome = chunkOutcome(chunk, result, this.monitor);
      this.ledger.answered(chunk, outcome.accepted, outcome.unknown);
      add(outcome, delivery);
    } catch (error) {
      this.ledger.unanswered(chunk);
      for (const snapshot of chunk) {
        delivery.unsent.push(snapshot);
      }
      addReason(delivery.reasons, error);
    }
  }
}

function add(outcome: ChunkOutcome, delivery: Delivery): void {
  delivery.accepted += outcome.accepted.length;
  for (const snapshot of [...outcome.retry, ...outcome.unknown]) {
    delivery.unsent.push(snapshot);
  }
  for (const snapshot of outcome.refused) {
    delivery.refused.push(snapshot);
  }
  for (const reason of outcome.reasons) {
    addReason(delivery.reasons, reason);
  }
}
