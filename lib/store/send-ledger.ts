import type { MetricCells } from './metric-cells.js';
import type { CellSnapshot } from './snapshot.js';

interface UnknownSend {
  readonly send: object;
  readonly snapshot: CellSnapshot;
}

/** The cells of one call of a monitor. */
type SentChunk = readonly CellSnapshot[];

/**
 * Keeps the outcomes of sends in the present streams. A send of unknown outcome is harmless while its streams continue: a later
 * send of the same cells carries totals that contain it. If the streams end before a later send was accepted, the increments
 * are carried over and may arrive twice.
 */
export class SendLedger {
  private readonly underWay = new Set<SentChunk>();
  /** The last send of unknown outcome for each cell, by table and row, until a later send is accepted. */
  private readonly unknown = new Map<MetricCells, Map<number, UnknownSend>>();

  /** Notes that a chunk is handed to a monitor. */
  begin(chunk: SentChunk): void {
    this.underWay.add(chunk);
  }

  /**
   * Notes the answer of a monitor: the accepted cells, and the cells of unknown outcome. All other cells were not written.
   * Changes nothing if the streams have ended since.
   */
  answered(chunk: SentChunk, accepted: SentChunk, unknown: SentChunk): void {
    if (!this.underWay.delete(chunk)) {
      return;
    }
    for (const snapshot of accepted) {
      snapshot.accept();
      if (this.unknown.size > 0) {
        this.unknown.get(snapshot.cells)?.delete(snapshot.row);
      }
    }
    // A cell that was not written keeps an earlier send of unknown outcome: this refusal does not settle that send.
    this.remember(unknown);
  }

  /** Notes that no answer came: the outcome is unknown for every cell of the chunk. */
  unanswered(chunk: SentChunk): void {
    this.answered(chunk, [], chunk);
  }

  /**
   * Ends all streams and forgets their sends.
   *
   * @returns the number of sends of unknown outcome that are carried over. If several sends carried the same cells, only the
   * last one counts, since it contains the others.
   */
  endStreams(): number {
    for (const chunk of this.underWay) {
      this.remember(chunk);
    }
    const carriedOver = new Set<object>();
    for (const sends of this.unknown.values()) {
      for (const { send, snapshot } of sends.values()) {
        if (snapshot.isPresent) {
          carriedOver.add(send);
        }
      }
    }
    this.forget();
    return carriedOver.size;
  }

  forget(): void {
    this.underWay.clear();
    this.unknown.clear();
  }

  private remember(chunk: SentChunk): void {
    const send = {};
    for (const snapshot of chunk) {
      if (snapshot.hasNews) {
        const ofTable = this.unknown.get(snapshot.cells) ?? new Map<number, UnknownSend>();
        this.unknown.set(snapshot.cells, ofTable.set(snapshot.row, { send, snapshot }));
      }
    }
  }
}
