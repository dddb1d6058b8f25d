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

/** The number of snapshots that are made between two checks of the time slice. */
const CELLS_PER_STEP = 500;

/** The outcome of the cells that were sent. */
export interface Delivery {
  accepted: number;
  /** Cells to send again: surely not written, or of unknown outcome. */
  readonly unsent: CellSnapshot[];
  /** Cells that will never be accepted as they are. */
  readonly refused: CellSnapshot[];
  /** The first different reasons why cells of the two lists were not accepted. */
  readonly reasons: Set<string>;
}

/** Returns the reason why a chunk must not be sent, or undefined. It is called in the same step in which the chunk is sent (F5). */
type SendGate = () => string | undefined;

/** What all chunks of a flush have in common. */
export interface Sending {
  /** The time of all values, in whole microseconds since the epoch. */
  readonly endTime: number;
  readonly gate: SendGate;
  readonly signal: AbortSignal;
}

/** Sends cells. */
export interface CellSender {
  /** Whether quiet cells are wanted with each flush, too. */
  readonly everyPoint: boolean;
  send(snapshots: Snapshots, sending: Sending): Promise<Delivery>;
}

/** Notes the outcome of each chunk. */
export type SendObserver = Pick<SendLedger, 'begin' | 'answered' | 'unanswered'>;

/** Sends cells in chunks, several at a time. A chunk that fails does not stop the others. */
export class Sender implements CellSender {
  private readonly ownWork = new OwnWork();

  constructor(
    private readonly monitor: Monitor,
    private readonly settings: Pick<FlushSettings, 'workers'>,
    private readonly ledger: SendObserver,
  ) {}

  get everyPoint(): boolean {
    return this.monitor.everyPoint ?? false;
  }

  async send(snapshots: Snapshots, sending: Sending): Promise<Delivery> {
    const delivery: Delivery = { accepted: 0, unsent: [], refused: [], reasons: new Set() };
    const size = this.monitor.chunkSize || snapshots.length;
    const slice = new TimeSlice();
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < snapshots.length) {
        const from = next;
        const to = Math.min(from + size, snapshots.length);
        next = to;
        // Snapshots are made right before they are sent, so that they are still in the processor's cache.
        const chunk: CellSnapshot[] = [];
        for (let i = from; i < to; i += CELLS_PER_STEP) {
          if (slice.isOver) {
            await slice.next();
          }
          chunk.push(...snapshots.slice(i, Math.min(i + CELLS_PER_STEP, to)));
        }
        await this.sendChunk(chunk, sending, delivery);
      }
    };
    const chunks = Math.ceil(snapshots.length / (size || 1));
    await Promise.all(Array.from({ length: Math.min(this.settings.workers, chunks) }, work));
    return delivery;
  }

  private async sendChunk(
    chunk: readonly CellSnapshot[],
    { endTime, gate, signal }: Sending,
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
